import AzureLinux
import Foundation

/// Which files of RPMs read like licences, by upstream's lists of names and of exceptions
/// (`license_file_names.json`, `license_file_exceptions.json`).
package struct LicenceFiles: Sendable {
  /// Of one RPM.
  package struct Contents: Sendable {
    package var package: String
    /// All but folders.
    package var files: [String]
    /// Marked `%doc`.
    package var documents: [String]
    /// Marked `%license`.
    package var licences: [String]
    package init(package: String, files: [String], documents: [String], licences: [String]) {
      self.package = package
      self.files = files
      self.documents = documents
      self.licences = licences
    }
  }

  private struct Names: Decodable {
    var fuzzy, verbatim, skipped: [String]?
    private enum CodingKeys: String, CodingKey {
      case fuzzy = "FuzzyLicenseNamesRegexList"
      case verbatim = "VerbatimLicenseNamesRegexList"
      case skipped = "SkipLicenseNamesRegexList"
    }
  }
  private struct Exceptions: Decodable {
    struct Package: Decodable {
      var name: String
      var ignored: [String]?
      private enum CodingKeys: String, CodingKey {
        case name = "PackageName"
        case ignored = "IgnoredFilesRegexList"
      }
    }
    var packages: [Package]?
    var all: [String]?
    private enum CodingKeys: String, CodingKey {
      case packages = "PkgExceptions"
      case all = "GlobalExceptionsRegexList"
    }
  }

  private static let folder = "/usr/share/licenses"
  private let fuzzy, verbatim, skipped, ignored: [NSRegularExpression]
  private let ignoredOf: [String: [NSRegularExpression]]

  /// - Parameters:
  ///   - names: content of the list of names.
  ///   - exceptions: of the list of exceptions; nil: none.
  package init(names: Data, exceptions: Data?) throws(LicenceFilesError) {
    let list: Names = try Self.decode(names, "names")
    let exception: Exceptions =
      try exceptions.map { data throws(LicenceFilesError) in
        try Self.decode(data, "exceptions")
      } ?? Exceptions()
    fuzzy = try Self.compile(list.fuzzy)
    verbatim = try Self.compile(list.verbatim)
    skipped = try Self.compile(list.skipped)
    ignored = try Self.compile(exception.all)
    var own: [String: [NSRegularExpression]] = [:]
    for package in exception.packages ?? [] {
      own[package.name, default: []] += try Self.compile(package.ignored)
    }
    ignoredOf = own
  }

  private static func decode<Value: Decodable>(_ data: Data, _ what: String) throws(LicenceFilesError)
    -> Value
  {
    do { return try JSONDecoder().decode(Value.self, from: data) } catch {
      throw .unreadable(list: what, reason: "\(error)")
    }
  }

  private static func compile(_ texts: [String]?) throws(LicenceFilesError) -> [NSRegularExpression] {
    var found: [NSRegularExpression] = []
    for text in texts ?? [] {
      do { found.append(try NSRegularExpression(pattern: text)) } catch { throw .pattern(text) }
    }
    return found
  }

  /// - Parameter rpm: file name, for the report.
  package func findings(_ contents: Contents, rpm: String) -> LicenceFindings {
    let marked = Set(contents.licences)
    let names = contents.licences.map(Self.base)
    func counts(_ path: String) -> Bool {
      !Self.matches(path, ignored) && !Self.matches(path, ignoredOf[contents.package] ?? [])
    }
    let documents = contents.documents.filter { counts($0) && readsLikeLicence($0, of: contents.package) }
    func isLicenceToo(_ path: String) -> Bool { names.contains { $0.contains(Self.base(path)) } }
    return LicenceFindings(
      rpm: rpm, documents: documents.filter { !isLicenceToo($0) }.sorted(),
      unmarked: contents.files.filter {
        $0.hasPrefix(Self.folder + "/") && !marked.contains($0) && counts($0)
      }.sorted(),
      duplicated: documents.filter(isLicenceToo).sorted())
  }

  private func readsLikeLicence(_ path: String, of package: String) -> Bool {
    if Self.matches(Self.base(path), verbatim) { return true }
    // the folder of licences would make every file in it one
    var name = path
    for prefix in ["\(Self.folder)/\(package)", Self.folder] where name.hasPrefix(prefix) {
      name.removeFirst(prefix.count)
    }
    if name.hasPrefix("/"), name.count < path.count { name.removeFirst() }
    return !name.isEmpty && Self.matches(name, fuzzy) && !Self.matches(name, skipped)
  }

  private static func base(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func matches(_ text: String, _ patterns: [NSRegularExpression]) -> Bool {
    let range = NSRange(text.startIndex..., in: text)
    return patterns.contains { $0.firstMatch(in: text, range: range) != nil }
  }
}

package enum LicenceFilesError: Failure {
  case unreadable(list: String, reason: String)
  case pattern(String)

  package var message: String {
    switch self {
    case .unreadable(let list, let reason): "the list of licence \(list) cannot be read: \(reason)"
    case .pattern(let text): "\"\(text)\" is no regular expression"
    }
  }
  package var nextStep: String? {
    "LICENSE_CHECK_NAME_FILE and LICENSE_CHECK_EXCEPTION_FILE name the lists"
  }
  package var exitCode: ExitCode { .invalidInput }
}
