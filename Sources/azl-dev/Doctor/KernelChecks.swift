import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// What the kernel lets this user do, each tried for real.
enum KernelChecks {
  static func run() async -> [Diagnosis] {
    var lines: [Diagnosis] = []
    let isRoot = geteuid() == 0
    let enter =
      isRoot ? ["unshare", "--mount"] : ["unshare", "--user", "--map-root-user", "--map-auto", "--mount"]
    lines.append(
      await attempt(enter + ["true"])
        ? .good("namespaces", isRoot ? "mount (root)" : "user and mount, with subordinate ids")
        : .missing(
          "namespaces", "\(enter.joined(separator: " ")) was refused",
          fix: "sysctl -w kernel.unprivileged_userns_clone=1", neededBy: "try image"))
    if !isRoot { lines.append(subordinateIDs()) }
    let overlay = """
      d=$(mktemp -d) && mkdir $d/l $d/u $d/w $d/m && mount -t overlay overlay -o \
      lowerdir=$d/l,upperdir=$d/u,workdir=$d/w\(isRoot ? "" : ",userxattr") $d/m && touch $d/m/x && umount $d/m; \
      r=$?; rm -rf "$d"; exit $r
      """
    lines.append(
      await attempt(enter + ["sh", "-c", overlay])
        ? .good("overlayfs", "mounts in a namespace")
        : .missing("overlayfs", "did not mount", fix: "modprobe overlay", neededBy: "try"))
    lines.append(
      await attempt(["bwrap", "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "true"])
        ? .good("bubblewrap", "starts, without network")
        : .missing("bubblewrap", "did not start", fix: "apt-get install bubblewrap", neededBy: "specs try"))
    lines.append(watches())
    lines.append(opening(isSeen: BuildObserver.canWatch("/"), isRoot: isRoot))
    return lines
  }

  /// Nothing is missing without it: builds are then followed by the whole content of their roots.
  static func opening(isSeen: Bool, isRoot: Bool) -> Diagnosis {
    if isSeen {
      return .good("fanotify", "sees which files a build opens ([build] dependents = \"observed\")")
    }
    let reason = isRoot ? "the kernel refuses it" : "is for root"
    return .note("fanotify", "\(reason): [build] dependents = \"observed\" acts as \"exact\"")
  }

  private static func attempt(_ arguments: [String]) async -> Bool {
    (try? await Command(arguments).run().isSuccess) ?? false
  }

  private static func subordinateIDs() -> Diagnosis {
    let user = NSUserName()
    func count(_ file: String) -> Int {
      let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
      var sum = 0
      for line in text.split(separator: "\n") {
        let cells = line.split(separator: ":").map(String.init)
        if cells.count == 3, cells[0] == user || cells[0] == String(getuid()) { sum += Int(cells[2]) ?? 0 }
      }
      return sum
    }
    let ids = min(count("/etc/subuid"), count("/etc/subgid"))
    guard ids >= 65_536 else {
      return .missing(
        "subordinate ids", "\(ids) for \(user); builds need 65,536",
        fix: "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(user)", neededBy: "try image")
    }
    guard Command.find("newuidmap") != nil else {
      return .missing(
        "subordinate ids", "newuidmap not found", fix: "apt-get install uidmap", neededBy: "try image")
    }
    return .good("subordinate ids", "\(ids)")
  }

  /// A real tree has some 3,300 folders to watch.
  private static func watches() -> Diagnosis {
    let file = "/proc/sys/fs/inotify/max_user_watches"
    let limit = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
      Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    guard let limit else { return .note("inotify", "\(file) could not be read") }
    return limit >= 8192
      ? .good("inotify", "\(limit) watches")
      : .missing(
        "inotify", "\(limit) watches; a whole tree needs about 3,500",
        fix: "sysctl -w fs.inotify.max_user_watches=65536", neededBy: "watch")
  }
}
