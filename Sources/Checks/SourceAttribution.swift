/// The remark in a changelog that says where a spec is from, which decides its licence.
enum SourceAttribution {
  /// How the licence is given: as one of these in brackets; `nil` among them: not at all.
  private struct Origin {
    /// `#` stands for a number, `@` for a word.
    var name: String
    var licences: [String?]

    init(_ name: String, _ licences: String?...) {
      self.name = name
      self.licences = licences
    }
  }

  private static let asTagged = "same as \"License\" tag"

  private static let origins = [
    Origin("Azure", "MIT", nil),
    Origin("CentOS #", "MIT"),
    Origin("Ceph source", "LGPLv2.1"),
    Origin("Debian source package", "MIT"),
    Origin("Fedora #", "MIT", "CC-BY-SA", "ISC"),
    Origin("Magnus Edenhill Open Source", "BSD"),
    Origin("NVIDIA", "ASL 2.0", "GPLv2", "BSD"),
    Origin("Netplan source", "GPLv3"),
    Origin("OpenEuler", "BSD"),
    Origin("OpenMamba", nil),
    Origin("Photon", "Apache2"),
    Origin("RPM software management source", "GPLv2+"),
    Origin("Sysbench source", "GPLv2+"),
    Origin("openSUSE @", asTagged),
  ]

  /// Sentences that count; the distribution is named as it is or as it was.
  private static let sentences: [String] = {
    func remark(_ start: String, _ licences: [String?]) -> [String] {
      licences.map { licence in licence.map { "\(start) (license: \($0))" } ?? start }
    }
    let names = ["Azure Linux", "CBL-Mariner"]
    return names.flatMap { remark("Original version for \($0)", ["MIT", nil]) }
      + origins.flatMap { origin in
        names.flatMap { remark("Initial \($0) import from \(origin.name)", origin.licences) }
      } + remark("Initial Azure Linux import from the source project", [asTagged])
  }()

  /// Whether a line of the changelog is one: `- ` at its start, nothing or a full stop after it.
  static func isOne(_ line: Substring) -> Bool {
    guard line.first == "-", line.dropFirst().first?.isWhitespace == true else { return false }
    let remark = line.dropFirst().drop(while: \.isWhitespace)
    return sentences.contains { sentence in
      guard let rest = rest(of: remark, after: sentence) else { return false }
      return rest.isEmpty || rest.first == "."
    }
  }

  private static func rest(of text: Substring, after sentence: String) -> Substring? {
    var text = text
    for character in sentence {
      switch character {
      case "#", "@":
        let taken = text.prefix { character == "#" ? $0.isNumber : $0.isLetter || $0.isNumber || $0 == "_" }
        guard !taken.isEmpty else { return nil }
        text = text[taken.endIndex...]
      default:
        guard text.first == character else { return nil }
        text.removeFirst()
      }
    }
    return text
  }
}
