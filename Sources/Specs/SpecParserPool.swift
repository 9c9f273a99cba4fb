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

    package init(
      arch: String, defines: [String: String], sandbox: WorkerSandbox, workers: Int,
      milliseconds: Int = 30_000
    ) {
      self.arch = arch
      self.defines = defines
      self.sandbox = sandbox
      self.workers = workers
      self.milliseconds = milliseconds
    }
  }

  private let configuration: Configuration
  private var idle: [SpecWorker] = []
  private var started = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []

  package init(_ configuration: Configuration) { self.configuration = configuration }

  package func parse(_ spec: SpecLocation, versions: [String: EVR] = [:]) async throws -> SpecInfo {
    let request = SpecWire.Request(spec: spec, versions: versions, milliseconds: configuration.milliseconds)
    var last: SpecWire.Reply?
    for _ in 0..<2 {
      try Task.checkCancellation()
      let worker = try await take()
      let reply = try? await worker.parse(request)
      if case .parsed(let info)? = reply {
        give(worker)
        return info
      }
      last = reply
      await drop(worker)
    }
    switch last {
    case .timedOut?: throw SpecsError.timedOut(spec: spec.id, seconds: configuration.milliseconds / 1000)
    case .crashed(let signal)?: throw SpecsError.workerDied(spec: spec.id, signal: signal)
    default: throw SpecsError.workerDied(spec: spec.id, signal: 0)
    }
  }

  /// Ends all workers; the next parse starts new ones.
  package func stop() async {
    let workers = idle
    idle = []
    started -= workers.count
    for worker in workers { await worker.stop() }
  }

  private func take() async throws -> SpecWorker {
    while idle.isEmpty && started >= configuration.workers {
      await withCheckedContinuation { waiting.append($0) }
    }
    if let worker = idle.popLast() { return worker }
    started += 1
    do {
      return try await SpecWorker(
        Command(configuration.sandbox.arguments),
        setup: SpecWire.Setup(
          arch: configuration.arch, defines: configuration.defines, tree: configuration.sandbox.tree))
    } catch {
      started -= 1
      wake()
      throw error
    }
  }

  private func give(_ worker: SpecWorker) {
    idle.append(worker)
    wake()
  }

  private func drop(_ worker: SpecWorker) async {
    started -= 1
    wake()
    await worker.stop()
  }

  private func wake() { if !waiting.isEmpty { waiting.removeFirst().resume() } }
}
