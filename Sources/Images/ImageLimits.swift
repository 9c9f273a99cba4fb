import AzureLinux
import Sandbox

/// What each step of an image build may use that runs in a sandbox: scriptlets and scripts are anybody's. nil: as much as
/// there is.
package struct ImageLimits: Hashable, Sendable {
  package var seconds: Int?
  /// Bytes, of all its processes together where control groups can be made, otherwise of address space for each.
  package var memory: Int64?
  /// Processes, all together; where no control group can be made, of the user.
  package var processes: Int?

  package init(seconds: Int? = nil, memory: Int64? = nil, processes: Int? = nil) {
    self.seconds = seconds
    self.memory = memory
    self.processes = processes
  }

  /// The limit that ended a step.
  package enum Hit: Hashable, Sendable {
    case time(seconds: Int)
    /// Bytes.
    case memory(Int64?)
    case processes(Int)

    package var text: String {
      switch self {
      case .time(let seconds): "out of time: \(seconds) s, [build] timeout"
      case .memory(let limit?): "out of memory: \(limit >> 20) MiB for all its processes, [build] memory"
      case .memory(nil): "out of memory: the kernel ended a process of it to free some"
      case .processes(let count): "too many processes: \(count) at once, [build] pids"
      }
    }
  }

  enum Ending: Sendable {
    case ended(CommandResult)
    case limited(Hit)
  }

  func group() -> ControlGroup? {
    ControlGroup(ResourceLimits(memory: memory, processes: processes), in: .find())
  }

  /// What no control group holds for all is held for each process.
  func bounding(_ confinement: Confinement, in group: ControlGroup?) -> Confinement {
    var confinement = confinement
    if group?.limitsMemory != true { confinement.memoryLimit = memory }
    if group?.limitsProcesses != true { confinement.processLimit = processes }
    return confinement
  }

  /// Runs a step and ends it with the first limit that it meets.
  func watching(
    _ group: ControlGroup?, _ step: @escaping @Sendable () async throws -> CommandResult
  ) async throws -> Ending {
    let ending = try await withThrowingTaskGroup(of: Ending.self) { tasks in
      tasks.addTask { .ended(try await step()) }
      tasks.addTask { .limited(try await firstHit(group)) }
      // the watch and the step end each other; leaving the group waits for both
      defer { tasks.cancelAll() }
      return try await tasks.next() ?? .limited(.time(seconds: 0))
    }
    // memory is taken by ending a process: the step says no more than that it failed
    guard case .ended(let result) = ending, !result.isSuccess, let group, group.limitsMemory,
      group.events.killedForMemory > 0
    else { return ending }
    return .limited(.memory(memory))
  }

  /// The kernel tells of none of it by itself.
  private func firstHit(_ group: ControlGroup?) async throws -> Hit {
    let end = seconds.map { ContinuousClock.now + .seconds($0) }
    while true {
      try await Task.sleep(for: .milliseconds(100))
      if let seconds, let end, ContinuousClock.now > end { return .time(seconds: seconds) }
      // shells try to fork again and again when they may not
      if let processes, let group, group.limitsProcesses, group.events.refusedProcesses > 0 {
        return .processes(processes)
      }
    }
  }
}
