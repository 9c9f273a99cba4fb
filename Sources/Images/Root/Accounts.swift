import AzureLinux

/// Groups and users as commands of the image's own shadow-utils. Pure.
package enum Accounts {
  package static let programs = ["groupadd", "useradd", "usermod"]

  /// `existing` holds the names that packages brought; `hashes` the crypt(3) hash of each user that has a password.
  package static func commands(
    _ system: ImageConfiguration.System, existingUsers: Set<String>, existingGroups: Set<String>,
    hashes: [String: String]
  ) -> [[String]] {
    let groups = system.groups.map { group -> [String] in
      let id = group.gid.map { ["-g", String($0)] } ?? []
      return existingGroups.contains(group.name)
        ? ["groupmod"] + id + [group.name] : ["groupadd"] + id + [group.name]
    }.filter { $0.count > 2 || $0[0] == "groupadd" }
    return groups
      + system.users.flatMap { user($0, exists: existingUsers.contains($0.name), hash: hashes[$0.name]) }
  }

  private static func user(_ user: ImageConfiguration.User, exists: Bool, hash: String?) -> [[String]] {
    var options: [String] = []
    if let hash { options += ["-p", hash] }
    // root is 0 whatever the configuration says, as upstream
    if user.name != "root" {
      if let uid = user.uid { options += ["-u", String(uid)] }
      if !user.homeDirectory.isEmpty { options += ["-d", user.homeDirectory] }
      if !user.primaryGroup.isEmpty { options += ["-g", user.primaryGroup] }
    }
    if !user.startupCommand.isEmpty { options += ["-s", user.startupCommand] }
    var commands: [[String]] = []
    if !exists {
      commands.append(["useradd", "-m"] + options + [user.name])
    } else if !options.isEmpty {
      commands.append(["usermod"] + options + [user.name])
    }
    if !user.secondaryGroups.isEmpty {
      commands.append(["usermod", "-a", "-G", user.secondaryGroups.joined(separator: ","), user.name])
    }
    // counted from the image's own day; -1 for never
    if user.passwordExpiresDays != 0 {
      commands.append(["chage", "-M", String(user.passwordExpiresDays), user.name])
    }
    return commands
  }

  /// The sixth field of a user's line in `/etc/passwd`.
  package static func home(of user: String, in table: String) -> String? {
    for line in table.split(separator: "\n") {
      let cells = line.split(separator: ":", omittingEmptySubsequences: false)
      if cells.count > 5, cells[0] == user { return String(cells[5]) }
    }
    return nil
  }

  /// SHA-512 crypt by OpenSSL; the password is read from a file, so that it is in no process list.
  package static func hash(salt: String, file: String) -> [String] {
    ["openssl", "passwd", "-6", "-salt", salt, "-in", file]
  }

  /// First fields of `/etc/passwd` or `/etc/group`.
  package static func names(_ table: String) -> Set<String> {
    Set(table.split(separator: "\n").compactMap { $0.split(separator: ":").first.map(String.init) })
  }
}
