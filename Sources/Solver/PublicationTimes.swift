import AzureLinux
import CSolv
import Foundation
import FoundationXML
import SystemPackage

/// What of a repository was not there yet at a time: by the time that each file has there, which is when it was
/// published. libsolv keeps build times only.
final class PublicationTimes: NSObject, XMLParserDelegate {
  private let limit: Int64
  private(set) var late: Set<Digest> = []
  private var isLate = false
  private var checksum: String?
  private var package: Digest?

  private init(limit: Int64) { self.limit = limit }

  /// Packages of a `primary.xml` that came after `limit`, in seconds since 1970.
  static func late(in source: RepositorySource, after limit: Int64) throws(SolverError) -> Set<Digest> {
    guard let stream = solv_xfopen(source.primary.string, "r") else {
      throw .metadataUnreadable(
        repository: source.id, file: source.primary, reason: Errno(rawValue: errno).description)
    }
    defer { fclose(stream) }
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
      data.append(contentsOf: buffer[..<count])
    }
    let times = PublicationTimes(limit: limit)
    let parser = XMLParser(data: data)
    parser.delegate = times
    guard parser.parse() else {
      throw .metadataUnreadable(
        repository: source.id, file: source.primary, reason: "line \(parser.lineNumber) is not XML")
    }
    return times.late
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    switch name {
    case "package":
      isLate = false
      package = nil
    case "checksum": checksum = ""
    case "time": isLate = attributes["file"].flatMap { Int64($0) }.map { $0 > limit } ?? false
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { checksum? += text }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    switch name {
    case "checksum":
      package = checksum.flatMap { Digest($0) }
      checksum = nil
    case "package": if isLate, let package { late.insert(package) }
    default: break
    }
  }
}

extension PackagePool {
  /// Leaves the packages out that were published later than the source asks for.
  func dropLate(of source: RepositorySource, from repo: UnsafeMutablePointer<Repo>) throws(SolverError) {
    guard let limit = source.until else { return }
    let late = try PublicationTimes.late(in: source, after: limit)
    for solvable in repo.pointee.start..<repo.pointee.end where self[solvable].pointee.repo == repo {
      if let digest = digest(solvable), late.contains(digest) { repo_free_solvable(repo, solvable, 0) }
    }
  }
}
