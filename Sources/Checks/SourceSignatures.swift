import AzureLinux
import Foundation

extension Check {
  /// Every source has its SHA-256 in `<spec>.signatures.json` and, where it lies in the package directory, that
  /// content; every patch lies there. Signed specs repack what was built, so they have no signatures. A source that
  /// only the server has is hashed when it is fetched; entries without a source do no harm.
  package static let sourceSignatures = Check(
    id: SourceSignatures.id, title: "source signatures",
    covers: { !$0.path.hasPrefix("SPECS-SIGNED/") },
    findings: { SourceSignatures(checked: $0).findings() })
}

struct SourceSignatures {
  static let id = "source-signatures"
  let checked: CheckedSpec

  private var info: SpecInfo { checked.info }
  private var fileName: String { "\(checked.spec.id).signatures.json" }
  private var path: String { "\(checked.spec.directory)/\(fileName)" }

  func findings() -> [Finding] {
    guard info.status != .failed else { return info.findings.map(unparsed) }
    return patches() + sources()
  }

  /// Without a parse nobody knows the sources.
  private func unparsed(_ finding: SpecFinding) -> Finding {
    checked.finding(Self.id, "spec-parse", file: finding.file, line: finding.line, finding.message)
  }

  private func patches() -> [Finding] {
    unique(info.patches).filter { checked.files.first(named: $0) == nil }.map { patch in
      checked.finding(
        Self.id, "patch-missing", "patch \"\(patch)\" is not in the package directory",
        next: "add it to \(checked.spec.directory): patches are never downloaded")
    }
  }

  private func sources() -> [Finding] {
    let sources = unique(info.sources.map(\.file))
    var digests: [String: Digest] = [:]
    if let data = checked.files.data(fileName) {
      do { digests = try SignaturesFile(data, path: path).digests } catch {
        return unreadable(error, sources)
      }
    }
    return sources.compactMap { source in
      let local = checked.files.first(named: source).flatMap { checked.files.digest($0) }
      guard let expected = digests[source] else { return missing(source, local) }
      guard let local, local != expected else { return nil }
      return checked.finding(
        Self.id, "signature-mismatch", file: path, line: line(of: source),
        "SHA-256 of \"\(source)\" is \(local.short)…, the entry says \(expected.short)…",
        next: "if its content is meant: \"\(source)\": \"\(local.hex)\"")
    }
  }

  private func missing(_ source: String, _ local: Digest?) -> Finding {
    let hasFile = checked.files.data(fileName) != nil
    let entry = local.map { "\"\(source)\": \"\($0.hex)\"" } ?? "the SHA-256 of \"\(source)\""
    return checked.finding(
      Self.id, "signature-missing", file: hasFile ? path : nil, "source \"\(source)\" has no signature",
      next: "add to \(hasFile ? "it" : path): \(entry)")
  }

  private func unreadable(_ error: SignaturesError, _ sources: [String]) -> [Finding] {
    let (text, line): (String, Int) =
      switch error {
      case .unreadable(_, let reason): notJSON(reason)
      case .noSignatures: ("it has no \"Signatures\" object", 0)
      case .badDigest(_, let file, let text):
        ("\"\(file)\" has no SHA-256 but \"\(text)\"", self.line(of: file))
      }
    // an object without the key holds no entries, which is what a spec without sources needs
    if case .noSignatures = error, sources.isEmpty { return [] }
    return [checked.finding(Self.id, "signatures-file", file: path, line: line, text, next: error.nextStep)]
  }

  /// Foundation says where in its sentence, as a line or as a count of characters.
  private func notJSON(_ reason: String) -> (String, Int) {
    let text = reason.replacing(/\saround (line|character) \d+.*|\.$/, with: "")
    var line = reason.firstMatch(of: /line (\d+)/).flatMap { Int($0.1) } ?? 0
    if let count = reason.firstMatch(of: /character (\d+)/).flatMap({ Int($0.1) }) {
      line = SpecText.lines(String((checked.files.text(fileName) ?? "").prefix(count))).count
    }
    return ("it is not JSON: \(text)", line)
  }

  /// Where the entry of `source` stands in the signatures file.
  private func line(of source: String) -> Int {
    let text = checked.files.text(fileName) ?? ""
    return (SpecText.lines(text).firstIndex { $0.contains("\"\(source)\"") } ?? -1) + 1
  }

  private func unique(_ names: [String]) -> [String] { Set(names).sorted() }
}
