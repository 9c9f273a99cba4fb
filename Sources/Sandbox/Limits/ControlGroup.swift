import Foundation
import SystemPackage

/// What everything in one sandbox may use together.
package struct ResourceLimits: Hashable, Codable, Sendable {
  /// Bytes; nil: all that the machine has.
  package var memory: Int64?
  package var processes: Int?

  package init(memory: Int64? = nil, processes: Int? = nil) {
    self.memory = memory
    self.processes = processes
  }
}

/// By which means of the kernel a limit holds.
package enum LimitMechanism: String, Codable, Sendable {
  /// For all processes of a sandbox together.
  case controlGroup = "control group"
  /// For each of them.
  case perProcess = "per process"
}

/// The control group of one running sandbox, in one or two hierarchies.
package struct ControlGroup: Sendable {
  /// What the kernel did because of a limit.
  package struct Events: Hashable, Sendable {
    package var killedForMemory = 0
    package var refusedProcesses = 0
  }

  private let memory: ControlGroups.Place?
  private let processes: ControlGroups.Place?
  private let name: String

  /// Nil where none can be made.
  package init?(_ limits: ResourceLimits, in places: ControlGroups) {
    name = "\(ControlGroups.prefix)\(getpid())-\(UUID().uuidString.prefix(8).lowercased())"
    var made: (memory: ControlGroups.Place?, processes: ControlGroups.Place?)
    // only where there is something to hold: in version 2 the kernel takes 5 to 15 ms to move a process into a group
    if let bytes = limits.memory, let place = places.memory, Self.make(place.parent.appending(name)) {
      made.memory = place
      Self.set(bytes, place, place.parent.appending(name))
    }
    if let count = limits.processes, let place = places.processes {
      let group = place.parent.appending(name)
      if place.parent == made.memory?.parent || Self.make(group) {
        made.processes = place
        Self.write("\(count)", group.appending("pids.max"))
      }
    }
    (memory, processes) = made
    guard memory != nil || processes != nil else { return nil }
  }

  package var limitsMemory: Bool { memory != nil }
  package var limitsProcesses: Bool { processes != nil }

  /// One in each hierarchy.
  package var folders: [FilePath] {
    Set([memory, processes].compactMap { $0?.parent.appending(name) }).sorted { $0.string < $1.string }
  }

  /// The files into which a process with one thread writes 0 to join. In version 1 it moves that thread: a whole process
  /// is moved only after all processors have passed a quiet moment, which takes 5 to 15 ms.
  package var doors: [FilePath] {
    Set([memory, processes].compactMap { $0 })
      .map { $0.parent.appending(name).appending($0.version == .one ? "tasks" : "cgroup.procs") }
      .sorted { $0.string < $1.string }
  }

  package var events: Events {
    var events = Events()
    if let memory {
      let file = memory.version == .two ? "memory.events" : "memory.oom_control"
      events.killedForMemory = Self.count("oom_kill", memory.parent.appending(name).appending(file))
    }
    if let processes {
      events.refusedProcesses = Self.count(
        "max", processes.parent.appending(name).appending("pids.events"))
    }
    return events
  }

  /// Ends what is left in it. The kernel takes a moment to let go of a group whose processes have just ended.
  package func remove() async {
    for folder in folders {
      let end = ContinuousClock.now + .seconds(5)
      while rmdir(folder.string) != 0, errno == EBUSY, ContinuousClock.now < end {
        Self.killAll(in: folder)
        try? await Task.sleep(for: .milliseconds(2))
      }
    }
  }

  private static func killAll(in folder: FilePath) {
    if write("1", folder.appending("cgroup.kill")) { return }
    let pids = (try? String(contentsOfFile: folder.appending("cgroup.procs").string, encoding: .utf8)) ?? ""
    for pid in pids.split(separator: "\n").compactMap({ Int32($0) }) { kill(pid, SIGKILL) }
  }

  private static func make(_ folder: FilePath) -> Bool { mkdir(folder.string, 0o755) == 0 }

  /// Memory, and no way around it by swapping.
  private static func set(_ bytes: Int64, _ place: ControlGroups.Place, _ group: FilePath) {
    switch place.version {
    case .two:
      write("\(bytes)", group.appending("memory.max"))
      write("0", group.appending("memory.swap.max"))
    case .one:
      write("\(bytes)", group.appending("memory.limit_in_bytes"))
      write("\(bytes)", group.appending("memory.memsw.limit_in_bytes"))
    }
  }

  @discardableResult private static func write(_ text: String, _ file: FilePath) -> Bool {
    guard let descriptor = try? FileDescriptor.open(file, .writeOnly, options: [.closeOnExec]) else {
      return false
    }
    return (try? descriptor.closeAfter { try descriptor.writeAll(text.utf8) }) != nil
  }

  /// `word N`, a line.
  private static func count(_ word: String, _ file: FilePath) -> Int {
    let text = (try? String(contentsOfFile: file.string, encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") {
      let cells = line.split(separator: " ")
      if cells.count == 2, cells[0] == word { return Int(cells[1]) ?? 0 }
    }
    return 0
  }
}

extension Command {
  /// The same command, which joins control groups before it starts. Ends with status 120 when one refuses it.
  package func joining(_ group: ControlGroup?) -> Command {
    guard let doors = group?.doors, !doors.isEmpty else { return self }
    var command = self
    command.arguments =
      [
        "sh", "-c",
        #"n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 120; shift; n=$((n-1)); done; exec "$@""#,
        "sh", "\(doors.count)",
      ] + doors.map(\.string) + arguments
    return command
  }
}
