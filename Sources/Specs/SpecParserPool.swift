import AzureLinux
import Foundation
import Sandbox

/// Parses specs in worker processes, as many as there are cores, started when needed.
package actor SpecParserPool {
  package struct Configuration: Sendable, Hashable {
    package var arch: String
    package var defines: [String: String]
    package var sandbox: WorkerSandbox
    package var workers: Int
    /// For one spec; then its process is ended and one more try is made on a fresh worker.
    package var milliseconds: Int
    package var memory: CommandMemory?

    package init(
      arch: String, defines: [String: String], sandbox: WorkerSandbox, workers: Int,
      milliseconds: Int = 30_000, memory: CommandMemory? = nil
    ) {
      self.arch = arch
      self.defines = defines
      self.sandbox = sandbox
      self.workers = workers
      self.milliseconds = milliseconds
      self.memory = memory
    }
  }

  private let configuration: Configuration
  private var idle: [SpecWorker] = []
  private var started = 0
  private var waiting: [CheckedContinuation<SpecWorker, any Error>] = []
  /// What commands of specs printed, in the order in which workers learnt it, and how much of it each worker has.
  private var outputs: [SpecWire.ShellOutput]
  private var given: [ObjectIdentifier: Int] = [:]
  /// How much of it the next process will know.
  private var kept: Int

  package init(_ configuration: Configuration) {
    self.configuration = configuration
    outputs = configuration.memory?.read() ?? []
    kept = outputs.count
  }

  package func parse(_ spec: SpecLocation, versions: [String: EVR] = [:]) async throws -> SpecInfo {
    var request = SpecWire.Request(
      spec: spec, versions: versions, milliseconds: configuration.milliseconds)
    let parsed = try await ask(request)
    var info = parsed.info
    // a parse that never asked for with_check ends the same with any value of it
    guard parsed.readsCheck, info.status != .failed else { return info }
    request.withCheck = true
    let checked = try await ask(request).info
    if checked.status == .failed {
      info.findings += checked.findings.map { finding in
        SpecFinding(
          rule: finding.rule, file: finding.file, line: finding.line,
          message: "with_check 1: \(finding.message)")
      }
    }
    let known = Set(info.buildRequires.map(\.text))
    info.checkRequires = checked.buildRequires.filter { !known.contains($0.text) }
    info.inputs = Set(info.inputs + checked.inputs).sorted()
    info.looksAround = info.looksAround || checked.looksAround
    info.reads = Set(info.reads + checked.reads).sorted()
    return info
  }

  /// A spec as rpm expands it.
  struct Expansion: Sendable {
    var text: String
    /// Files that were read besides the spec, relative to the tree.
    var inputs: [String]
    /// Where rpm refuses it: why.
    var refusal: SpecFinding?
  }

  func expand(_ spec: SpecLocation) async throws -> Expansion {
    let parsed = try await ask(
      SpecWire.Request(spec: spec, versions: [:], wantsText: true, milliseconds: configuration.milliseconds))
    let findings = parsed.info.status == .failed ? parsed.info.findings : []
    return Expansion(
      text: parsed.text, inputs: parsed.info.inputs,
      refusal: findings.first { $0.line > 0 } ?? findings.first)
  }

  private func ask(_ question: SpecWire.Request) async throws -> SpecWire.Parsed {
    var request = question
    var last: SpecWire.Reply?
    for _ in 0..<2 {
      try Task.checkCancellation()
      let worker = try await take()
      let known = given[ObjectIdentifier(worker)] ?? 0
      request.outputs = Array(outputs[known...])
      given[ObjectIdentifier(worker)] = outputs.count
      let reply = await worker.parse(request)
      if case .parsed(let parsed)? = reply {
        outputs += parsed.outputs
        give(worker)
        // at rest: more outputs mostly follow each other
        if idle.count == started { remember() }
        return parsed
      }
      last = reply
      await drop(worker)
    }
    switch last {
    case .timedOut?:
      throw SpecsError.timedOut(spec: request.spec.id, seconds: configuration.milliseconds / 1000)
    case .crashed(let signal)?: throw SpecsError.workerDied(spec: request.spec.id, signal: signal)
    default: throw SpecsError.workerDied(spec: request.spec.id, signal: 0)
    }
  }

  /// Starts a worker before it is needed.
  package func warm() async throws {
    if idle.isEmpty { give(try await take()) }
  }

  /// Ends all workers; the next parse starts new ones.
  package func stop() async {
    let workers = idle
    idle = []
    given = [:]
    started -= workers.count
    remember()
    for worker in workers { await worker.stop() }
  }

  /// Whoever is idle first: a worker takes longer to start than another to finish what it is at.
  private func take() async throws -> SpecWorker {
    if let worker = idle.popLast() { return worker }
    if started < configuration.workers {
      started += 1
      Task { await start() }
    }
    return try await withCheckedThrowingContinuation { waiting.append($0) }
  }

  private func start() async {
    do {
      give(
        try await SpecWorker(
          Command(configuration.sandbox.arguments),
          setup: SpecWire.Setup(
            arch: configuration.arch, defines: configuration.defines, tree: WorkerSandbox.place,
            outside: configuration.sandbox.tree)))
    } catch {
      started -= 1
      // the others still have somebody to wait for
      if started == 0 { for waiter in waiting { waiter.resume(throwing: error) } }
      if started == 0 { waiting = [] }
    }
  }

  private func give(_ worker: SpecWorker) {
    if waiting.isEmpty { idle.append(worker) } else { waiting.removeFirst().resume(returning: worker) }
  }

  private func drop(_ worker: SpecWorker) async {
    started -= 1
    given[ObjectIdentifier(worker)] = nil
    // whoever waits for it now needs another
    if started < waiting.count {
      started += 1
      Task { await start() }
    }
    await worker.stop()
  }

  private func remember() {
    guard outputs.count > kept, let memory = configuration.memory else { return }
    kept = outputs.count
    memory.write(outputs)
  }
}
