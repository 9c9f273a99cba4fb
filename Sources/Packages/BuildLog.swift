import AzureLinux
import Foundation
import Synchronization

/// Follows the lines of a running build: stages with their times, the line that explains a failure, the verdict of
/// `%check`, and the least free space seen.
final class BuildLog: Sendable {
  struct State {
    var stage: BuildStage?
    var stageStart = ContinuousClock.now
    var phases: [BuildOutput.Phase] = []
    var lineCount = 0
    var finder = FailureFinder()
    var checkStarted = false
    var checkStatus: Int?
    /// What was seen of `%check` when its marker said that it failed; the build goes on after that.
    var failedCheck: FailureFinder?
    var exhausted: Int64?
    /// A tool printed the system's text for ENOSPC. Evidence only: it may mean another file system.
    var saysFull = false
    /// As evidence: where only single processes have limits, nothing but the tools' words tells that one was met.
    var saysNoProcess = false
    var saysNoMemory = false
  }

  let start = ContinuousClock.now
  private let spec: String
  private let report: ActivityReport
  private let space: @Sendable () -> (available: Int64, isExhausted: Bool)?
  private let state = Mutex(State())

  init(spec: String, report: @escaping ActivityReport, space: @escaping @Sendable () -> (Int64, Bool)?) {
    self.spec = spec
    self.report = report
    self.space = space
  }

  func read(_ line: String) {
    var began: BuildStage?
    // asked at each line that tells of trouble
    let weight = FailureFinder.weight(of: line)
    let telling = weight > .nothing
    let now = telling ? space() : nil
    state.withLock { state in
      state.lineCount += 1
      if let now, now.isExhausted { state.exhausted = now.available }
      if telling, line.holds("No space left on device") { state.saysFull = true }
      if line.holds("Resource temporarily unavailable"), line.holds("fork") {
        state.saysNoProcess = true
      }
      if telling, BuildLog.memoryWords.contains(where: line.holds) { state.saysNoMemory = true }
      if let stage = BuildStage.starting(with: line), stage != state.stage {
        if state.stage == nil {
          let seconds = BuildLog.seconds(ContinuousClock.now - start)
          state.phases.append(BuildOutput.Phase(stage: .root, seconds: seconds))
        }
        BuildLog.close(&state)
        state.stage = stage
        state.finder = FailureFinder()
        if stage == .check { state.checkStarted = true }
        began = stage
      }
      state.finder.read(line, number: state.lineCount, weight)
      // a test suite may build and check others: one failure is a failure
      if let status = BuildLog.checkStatus(line), state.checkStatus ?? 0 == 0 {
        state.checkStatus = status
        if status != 0 { state.failedCheck = state.finder }
      }
    }
    if let began { report(.step(subject: spec, began.rawValue)) }
  }

  private static let memoryWords = [
    "Cannot allocate memory", "cannot allocate memory", "out of memory", "Out of memory", "std::bad_alloc",
    "virtual memory exhausted", "memory exhausted", "MemoryError",
  ]

  var saysNoProcess: Bool { state.withLock { $0.saysNoProcess } }
  var saysNoMemory: Bool { state.withLock { $0.saysNoMemory } }

  /// Ends the last stage and gives everything that was seen.
  func finish() -> State {
    state.withLock { state in
      BuildLog.close(&state)
      return state
    }
  }

  var seconds: Double { BuildLog.seconds(ContinuousClock.now - start) }

  /// Free bytes, when the build met the end of its disk: seen full, or nearly full after a tool said so, for a
  /// failing tool often removes what it had written before anybody can look.
  func fullDisk(_ seen: State) -> Int64? {
    if let available = seen.exhausted { return available }
    guard let now = space(), now.isExhausted || (seen.saysFull && now.available < 64 << 20) else {
      return nil
    }
    return now.available
  }

  /// `====== CHECK DONE <name>. EXIT STATUS <n>`
  static func checkStatus(_ line: String) -> Int? {
    guard line.hasPrefix("====== CHECK DONE "), let range = line.place(of: ". EXIT STATUS ") else {
      return nil
    }
    return Int(line[range.upperBound...].prefix { $0.isNumber })
  }

  static func seconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
  }

  private static func close(_ state: inout State) {
    let now = ContinuousClock.now
    if let stage = state.stage {
      let seconds = seconds(now - state.stageStart)
      if let index = state.phases.firstIndex(where: { $0.stage == stage }) {
        state.phases[index].seconds += seconds
      } else {
        state.phases.append(BuildOutput.Phase(stage: stage, seconds: seconds))
      }
    }
    state.stageStart = now
  }
}
