import Sandbox
import SystemPackage

/// Looks again and again at what a running build uses; the kernel tells of none of it by itself.
struct LimitWatch {
  let limits: BuildLimits
  let group: ControlGroup?
  let log: BuildLog
  let scratch: FilePath
  let privilege: Privilege
  private static let interval = Duration.milliseconds(100)

  /// Returns with the first limit that is met.
  func run() async throws -> LimitHit {
    let end = limits.seconds.map { ContinuousClock.now + .seconds($0) }
    var growth = limits.disk.map { GrowthWatch(scratch, limit: $0, privilege: privilege) }
    while true {
      try await Task.sleep(for: Self.interval)
      if let seconds = limits.seconds, let end, ContinuousClock.now > end { return .time(seconds: seconds) }
      if let hit = processes() { return hit }
      if let limit = limits.disk, let found = await growth?.exceeded() {
        return .disk(limit: limit, found: found)
      }
    }
  }

  /// Shells try to fork again and again when they may not: without an end of it there would be none.
  private func processes() -> LimitHit? {
    guard let limit = limits.processes else { return nil }
    if let group, group.limitsProcesses {
      return group.events.refusedProcesses > 0 ? .processes(limit, .controlGroup) : nil
    }
    return log.saysNoProcess ? .processes(limit, .perProcess) : nil
  }

  /// Why a build ended badly, when that was for want of something.
  func atTheEnd() -> LimitHit? {
    if let hit = processes() { return hit }
    if let group, group.limitsMemory {
      return group.events.killedForMemory > 0 ? .memory(limits.memory, .controlGroup) : nil
    }
    return limits.memory != nil && log.saysNoMemory ? .memory(limits.memory, .perProcess) : nil
  }
}
