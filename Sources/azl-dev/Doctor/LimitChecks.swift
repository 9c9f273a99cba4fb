import Foundation
import Sandbox

/// By which means builds are held to `[build] memory`, `pids`, `disk` and `timeout` on this machine.
enum LimitChecks {
  static func run(_ groups: ControlGroups = .find(), isRoot: Bool = geteuid() == 0) -> [Diagnosis] {
    let delegate = isRoot ? nil : "systemd-run --user --scope -p Delegate=yes azl-dev try <package>"
    func together(_ place: ControlGroups.Place) -> String {
      "control groups (version \(place.version.rawValue)): all processes of a build together"
    }
    return [
      groups.memory.map { .good("memory limit", together($0)) }
        ?? .note(
          "memory limit", "no writable control group with memory: each process by its address space",
          fix: delegate),
      groups.processes.map { .good("process limit", together($0)) }
        ?? (isRoot
          ? .note("process limit", "none: no writable control group with pids, and root has no other limit")
          : .note("process limit", "no writable control group with pids: by user", fix: delegate)),
      .good("disk, time limit", "scratch folder and clock, watched"),
    ]
  }
}
