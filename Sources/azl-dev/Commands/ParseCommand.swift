import ArgumentParser
import AzureLinux
import Foundation
import Incremental
import Pipeline
import Specs
import SystemPackage
import Terminal

/// For demo/parity and for measurements: what parsing alone says and costs, past the engine and its memory.
struct ParseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parse", abstract: "Parses all specs, remembering nothing.", shouldDisplay: false)

  @OptionGroup var common: CommonOptions
  @Argument(help: "Only these specs.")
  var specs: [String] = []
  @Flag(help: "Print, one word a line, the command that runs a program where specs are parsed, and end.")
  var sandbox = false
  @Flag(help: "Print the macros that every parse is given, a name and its value a line, and end.")
  var defines = false

  func run() async throws {
    let bench = try await Workbench.open(common, access: .read, progress: BuildProgress(json: common.json))
    let macros = try await bench.session.engine.value(of: MacroSet())
    let surroundings = try await bench.specs.surroundings(macros)
    if sandbox { return Output.lines(surroundings.sandbox.command([])) }
    if defines {
      return Output.lines(surroundings.defines.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })
    }
    let every = try await bench.session.specs() + bench.session.engine.world.tree.hidden()
    if let unknown = specs.first(where: { name in !every.contains { $0.id == name } }) {
      throw PipelineError.unknownSpec(unknown, nearest: nearestNames(to: unknown, in: every.map(\.id)))
    }
    let all = every.filter { specs.isEmpty || specs.contains($0.id) }
    let start = ContinuousClock.now
    var infos = try await parse(all, with: bench.specs, macros) { _ in [:] }
    let readers = infos.filter { !$0.reads.isEmpty }.map { SpecLocation(id: $0.id, path: $0.path) }
    let evrs = infos.reduce(into: [String: EVR]()) { $0[$1.id] = $1.source?.evr }
    let reads = infos.reduce(into: [String: [String]]()) { $0[$1.id] = $1.reads }
    let again = try await parse(readers, with: bench.specs, macros) { spec in
      let names = Set(reads[spec.id] ?? [])
      return evrs.filter { $0.key != spec.id && names.contains(VersionMacros.spelling(of: $0.key)) }
    }
    let byID = Dictionary(uniqueKeysWithValues: again.map { ($0.id, $0) })
    infos = infos.map { byID[$0.id] ?? $0 }.sorted { $0.id < $1.id }
    let seconds = start.duration(to: .now)
    await bench.specs.rest()
    report(count: infos.count, again: again.count, seconds: seconds)
    if common.json {
      try Output.json(
        SpecsReport(infos, target: bench.settings.arch, signatures: { _ in ([:], []) }, digest: { _ in nil }))
    }
  }

  private func parse(
    _ specs: [SpecLocation], with parser: LiveSpecs, _ macros: Digest,
    versions: @escaping @Sendable (SpecLocation) -> [String: EVR]
  ) async throws -> [SpecInfo] {
    try await withThrowingTaskGroup(of: SpecInfo.self) { group in
      var infos: [SpecInfo] = []
      for (number, spec) in specs.enumerated() {
        // a group of thousands looks through all of them when one ends
        if number >= 32, let info = try await group.next() { infos.append(info) }
        group.addTask {
          do { return try await parser.parse(spec, versions: versions(spec), macros: macros) } catch let error
            as SpecsError
          {
            var info = SpecInfo(id: spec.id, path: spec.path, status: .failed)
            info.findings = [
              SpecFinding(rule: "parse", file: spec.path, line: 0, message: error.message)
            ]
            return info
          }
        }
      }
      for try await info in group { infos.append(info) }
      return infos
    }
  }

  private func report(count: Int, again: Int, seconds: Duration) {
    var own = rusage()
    var workers = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own)
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &workers)
    let cpu = [own.ru_utime, own.ru_stime, workers.ru_utime, workers.ru_stime].map {
      Double($0.tv_sec) + Double($0.tv_usec) / 1_000_000
    }
    let line =
      "\(count) specs, \(again) of them twice, in \(seconds.formatted(.units(allowed: [.seconds, .milliseconds])))"
      + String(format: "; CPU %.2f s here, %.2f s in workers", cpu[0] + cpu[1], cpu[2] + cpu[3])
      + "; largest worker \(workers.ru_maxrss / 1024) MB\n"
    FileHandle.standardError.write(Data(line.utf8))
  }
}
