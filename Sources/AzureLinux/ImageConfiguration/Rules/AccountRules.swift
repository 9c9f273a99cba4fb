/// Rules about the users and groups of one system.
struct AccountRules {
  let findings: FindingList
  let path: String

  func check(_ system: ImageConfiguration.System) {
    let groups = Set(system.groups.map(\.name))
    for (index, user) in system.users.enumerated() {
      let place = "\(path).Users[\(index)]"
      if isBlank(user.name) { findings.add(.blank, "\(place).Name", "is needed, and must not be blank") }
      if !isBlank(user.id), user.uid.map({ (0...60000).contains($0) }) != true {
        findings.add(.uid, "\(place).UID", "expected a number from 0 to 60000 as text, found \"\(user.id)\"")
      }
      if user.name == "root", user.uid.map({ $0 != 0 }) == true {
        findings.add(.noEffect, "\(place).UID", "is ignored: root keeps 0")
      }
      if !(-1...99999).contains(user.passwordExpiresDays) {
        findings.add(
          .passwordExpires, "\(place).PasswordExpiresDays",
          "expected a number from -1, never, to 99999; found \(user.passwordExpiresDays)")
      }
      for (key, name) in wanted(user) where !groups.contains(name) {
        findings.add(
          .groupUnknown, "\(place).\(key)",
          "\"\(name)\" is not in Groups; without a package that brings it, adding the user fails")
      }
    }
    for (index, group) in system.groups.enumerated() {
      if !group.id.isEmpty, group.gid.map({ $0 >= 0 }) != true {
        findings.add(
          .gid, "\(path).Groups[\(index)].GID",
          "expected a number as text, found \"\(group.id)\"; adding the group fails")
      }
    }
    checkTwice(system.users.map(\.name), "Users")
    checkTwice(system.groups.map(\.name), "Groups")
  }

  private func wanted(_ user: ImageConfiguration.User) -> [(key: String, name: String)] {
    (user.primaryGroup.isEmpty ? [] : [("PrimaryGroup", user.primaryGroup)])
      + user.secondaryGroups.enumerated().map { ("SecondaryGroups[\($0.offset)]", $0.element) }
  }

  private func checkTwice(_ names: [String], _ key: String) {
    var seen = Set<String>()
    for (index, name) in names.enumerated() where !seen.insert(name).inserted {
      findings.add(
        .nameTwice, "\(path).\(key)[\(index)].Name", "\"\(name)\" is used twice; adding it again fails")
    }
  }
}
