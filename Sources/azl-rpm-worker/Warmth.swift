import CReads
import SpecFormat

/// What each child would do for the first time, done once before they are forked: types that Swift makes when they
/// are first used, and tables that libc reads when it first needs them.
enum Warmth {
  static func make(_ setup: SpecWire.Setup) {
    reads_warm()
    var info = SpecInfo(id: "id", path: "path", status: .failed)
    let evr = EVR(epoch: 1, version: "1", release: "1")
    let dependencies = ["b", "a"].map { Dependency(text: $0 + " = 1", name: $0, op: "=", evr: "1", line: 1) }
    info.source = SourcePackage(name: "a", evr: evr, srpm: "a")
    info.packages = [
      BinaryPackage(
        nevra: NEVRA(name: "a", evr: evr, arch: setup.arch), provides: dependencies, requires: dependencies)
    ]
    info.sources = [SourceFile(file: "a", url: "a"), SourceFile(file: "b", url: "b")].sorted {
      $0.file < $1.file
    }
    info.findings = [SpecFinding(rule: "a", file: "a", line: 1, message: "a")]
    let text = "BuildRequires: a, (b or c)\nRequires(post): %{azl_a_version}\n"
    let lines = Array(text.utf8).withUnsafeBytes { bytes in
      info.reads = VersionMacros.reads(in: bytes).sorted()
      return SpecLines(bytes)
    }
    info.buildRequires = dependencies.map { lines.place($0, .buildRequires) }
    let seen = Seen(tree: setup.tree)
    info.inputs = seen.files
    let isAsked = CheckValue.isAsked(in: seen.commands)
    let parsed = SpecWire.Parsed(outputs: seen.outputs, readsCheck: isAsked, info: info)
    _ = SpecWire.frame(SpecWire.Reply.parsed(parsed))
  }
}
