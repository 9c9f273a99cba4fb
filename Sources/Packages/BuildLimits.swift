import AzureLinux
import Sandbox

/// What one build may use; nil: as much as there is.
package struct BuildLimits: Hashable, Codable, Sendable {
  package var seconds: Int?
  /// Processors that `make` and the like may use; not what they see.
  package var processors: Int?
  /// Bytes, of all processes together where control groups can be made, otherwise of address space for each.
  package var memory: Int64?
  /// Processes, all together.
  package var processes: Int?
  /// Bytes that the build may write.
  package var disk: Int64?

  package init(
    seconds: Int? = nil, processors: Int? = nil, memory: Int64? = nil, processes: Int? = nil,
    disk: Int64? = nil
  ) {
    self.seconds = seconds
    self.processors = processors
    self.memory = memory
    self.processes = processes
    self.disk = disk
  }

  /// Those that the kernel holds the build's processes to one by one, where no control group does it for all.
  func bounds(in group: ControlGroup?) -> RootBounds {
    RootBounds(
      memory: group?.limitsMemory == true ? nil : memory,
      processes: group?.limitsProcesses == true ? nil : processes, temporary: disk)
  }
}

/// What a root is confined with besides its mounts.
package struct RootBounds: Hashable, Sendable {
  /// Bytes of address space per process.
  package var memory: Int64?
  package var processes: Int?
  /// Bytes of `/tmp`, which lies in memory.
  package var temporary: Int64?

  package init(memory: Int64? = nil, processes: Int? = nil, temporary: Int64? = nil) {
    self.memory = memory
    self.processes = processes
    self.temporary = temporary
  }
}

/// A limit that ended a build, and what holds builds to it.
package enum LimitHit: Hashable, Codable, Sendable {
  case time(seconds: Int)
  /// Bytes; nil: no limit was set, the machine itself had no more.
  case memory(Int64?, LimitMechanism)
  case processes(Int, LimitMechanism)
  case disk(limit: Int64, found: Int64)

  package var text: String {
    switch self {
    case .time(let seconds): "out of time: \(seconds) s, [build] timeout"
    case .memory(let limit?, .controlGroup):
      "out of memory: \(limit >> 20) MiB for all its processes (control group), [build] memory"
    case .memory(let limit?, .perProcess):
      "out of memory: \(limit >> 20) MiB of address space for each process, [build] memory"
    case .memory(nil, _): "out of memory: the kernel ended a process of the build to free some"
    case .processes(let count, let mechanism):
      "too many processes: \(count) at once (\(mechanism == .controlGroup ? "control group" : "per user")), [build] pids"
    case .disk(let limit, let found):
      "too much written: \(found >> 20) MiB, \(limit >> 20) MiB are allowed (scratch folder, watched), [build] disk"
    }
  }
}
