import Foundation

package enum SignaturesError: Failure, Equatable {
  case unreadable(path: String, reason: String)
  case noSignatures(path: String)
  case badDigest(path: String, file: String, text: String)

  package var message: String {
    switch self {
    case .unreadable(let path, let reason): "\(path) is not JSON: \(reason)"
    case .noSignatures(let path): "\(path) has no \"Signatures\" object"
    case .badDigest(let path, let file, let text): "\(path): \"\(file)\" has no SHA-256 but \"\(text)\""
    }
  }
  package var nextStep: String? { "it holds {\"Signatures\": {\"<file>\": \"<64 hexadecimal digits>\"}}" }
  package var exitCode: ExitCode { .invalidInput }
}

/// `<spec>.signatures.json`: the SHA-256 of each source, by base name. Read as leniently as upstream's decoder does:
/// a byte order mark, any case of the key and of the digits, other keys ignored.
package struct SignaturesFile: Sendable, Hashable {
  package var digests: [String: Digest]

  package init(digests: [String: Digest]) { self.digests = digests }

  /// - Parameter path: for errors.
  package init(_ data: Data, path: String) throws(SignaturesError) {
    let text = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    let object: Any
    do { object = try JSONSerialization.jsonObject(with: Data(text)) } catch {
      // the place is only in the text for developers
      let place = (error as NSError).userInfo["NSDebugDescription"] as? String
      throw .unreadable(path: path, reason: place ?? error.localizedDescription)
    }
    guard let table = object as? [String: Any],
      let entries = table.first(where: { $0.key.lowercased() == "signatures" })?.value as? [String: Any]
    else { throw .noSignatures(path: path) }
    var digests: [String: Digest] = [:]
    for (file, value) in entries.sorted(by: { $0.key < $1.key }) {
      guard let text = value as? String, let digest = Digest(text) else {
        throw .badDigest(path: path, file: file, text: "\(value)")
      }
      digests[file] = digest
    }
    self.digests = digests
  }

  /// As upstream writes it: one blank of indent, sorted.
  package var text: String {
    guard !digests.isEmpty else { return "{\n \"Signatures\": {}\n}" }
    let lines = digests.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
      "  \(Self.quoted($0.key)): \"\($0.value.hex)\""
    }
    return "{\n \"Signatures\": {\n\(lines.joined(separator: ",\n"))\n }\n}"
  }

  /// In place of what was there: a newline at its end, which upstream's packer does not write but editors do, stays.
  package func text(replacing old: Data?) -> String { old?.last == 10 ? text + "\n" : text }

  /// A JSON string as Go writes it, which also escapes what HTML takes for markup.
  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": out += "\\\(scalar)"
      case "<", ">", "&", "\u{0}"..<" ", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
