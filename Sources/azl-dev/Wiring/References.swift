import AzureLinux
import Foundation
import Incremental
import Pipeline

/// What traces name: artifacts by digest, logs by folder. Also what doubtful ones name: they stand again when the edit is
/// taken back, and to find out which still do would take as long as to build. Read from the values' text, so that a rule
/// that is added is looked at too.
struct References {
  var digests: Set<Digest> = []
  /// `<spec>/<key>`.
  var logs: Set<String> = []

  static func of(_ bench: Workbench) async throws -> References {
    var found = References()
    let kinds = PipelineRules.all.map(\.kind).filter { ![ParsedSpec.kind, SpecTree.kind].contains($0) }
    for kind in kinds {
      for trace in try await bench.session.engine.remembered(kind: kind) {
        guard let value = trace.value else { continue }
        found.read(value)
        // sources are in no value: the signatures of what was built name them
        if kind == Build.kind, let built = try? JSONDecoder().decode(BuiltPackage.self, from: value),
          let spec = try? await bench.session.locate(built.spec)
        {
          found.digests.formUnion(try Signatures.read(workspace: bench.workspace, spec: spec).values)
        }
      }
    }
    return found
  }

  /// - Parameter value: JSON, which may write a slash as `\\/`.
  mutating func read(_ value: Data) {
    Self.each("sha256:", in: value) { rest in
      if let digest = Digest(String(decoding: rest.prefix(64), as: UTF8.self)) { digests.insert(digest) }
    }
    Self.each("logs/", in: value) { add(log: $0) }
    Self.each("logs\\/", in: value) { add(log: $0) }
  }

  private mutating func add(log rest: Data) {
    let path = rest.prefix { $0 != UInt8(ascii: "\"") }.filter { $0 != UInt8(ascii: "\\") }
    let parts = path.split(separator: UInt8(ascii: "/"))
    guard parts.count == 3 else { return }
    logs.insert(parts.prefix(2).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/"))
  }

  /// With what follows each time that the word stands there.
  private static func each(_ word: String, in value: Data, _ body: (Data) -> Void) {
    let word = Data(word.utf8)
    var start = value.startIndex
    while let range = value.range(of: word, in: start..<value.endIndex) {
      body(value[range.upperBound...])
      start = range.upperBound
    }
  }
}
