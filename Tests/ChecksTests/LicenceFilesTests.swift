import AzureLinux
import Foundation
import Testing

@testable import Checks

/// Which files are licences that are not marked as such.
@Suite struct LicenceFilesTests {
  private static let names = Data(
    """
    {"_comment1": "kept by people", "FuzzyLicenseNamesRegexList": ["(?i).*copying.*", "(?i).*license.*"],
     "VerbatimLicenseNamesRegexList": ["^MIT$"], "SkipLicenseNamesRegexList": ["(?i).*README.*"]}
    """.utf8)
  private static let exceptions = Data(
    """
    {"PkgExceptions": [{"PackageName": "tar", "IgnoredFilesRegexList": ["^/usr/share/doc/tar/license.html$"]}],
     "GlobalExceptionsRegexList": [".*/sphinx/.*"]}
    """.utf8)

  private func found(
    _ package: String, documents: [String] = [], licences: [String] = [], others: [String] = []
  ) throws -> LicenceFindings {
    let lists = try LicenceFiles(names: Self.names, exceptions: Self.exceptions)
    return lists.findings(
      .init(
        package: package, files: documents + licences + others, documents: documents, licences: licences),
      rpm: "\(package).rpm")
  }

  @Test func documentsThatReadLikeLicences() throws {
    let doc = "/usr/share/doc/zip/"
    let zip = try found(
      "zip", documents: [doc + "COPYING", doc + "MIT", doc + "README.license", doc + "notes"])
    #expect(zip.documents == [doc + "COPYING", doc + "MIT"])
    #expect(zip.unmarked.isEmpty && zip.duplicated.isEmpty)
  }

  @Test func licencesThatAreDocumentsToo() throws {
    let zip = try found(
      "zip", documents: ["/usr/share/doc/zip/COPYING"], licences: ["/usr/share/licenses/zip/COPYING"])
    #expect(zip.documents.isEmpty && zip.duplicated == ["/usr/share/doc/zip/COPYING"])
  }

  @Test func whatLiesAmongLicencesIsMarked() throws {
    let zip = try found(
      "zip", documents: ["/usr/share/licenses/zip/notes"], licences: ["/usr/share/licenses/zip/COPYING"],
      others: ["/usr/share/licenses/zip/extra", "/usr/bin/license"])
    #expect(zip.unmarked == ["/usr/share/licenses/zip/extra", "/usr/share/licenses/zip/notes"])
    // the folder's own name makes nothing a licence
    #expect(zip.documents.isEmpty)
  }

  @Test func exceptions() throws {
    #expect(try found("tar", documents: ["/usr/share/doc/tar/license.html"]).documents.isEmpty)
    #expect(try found("cpio", documents: ["/usr/share/doc/tar/license.html"]).documents.count == 1)
    #expect(try found("cpio", documents: ["/x/sphinx/license"]).documents.isEmpty)
  }

  @Test func brokenLists() {
    #expect(throws: LicenceFilesError.self) { try LicenceFiles(names: Data("[]".utf8), exceptions: nil) }
    let wrong = Data(#"{"FuzzyLicenseNamesRegexList": ["("]}"#.utf8)
    #expect { try LicenceFiles(names: wrong, exceptions: nil) } throws: { error in
      (error as? LicenceFilesError)?.message == "\"(\" is no regular expression"
    }
  }

  @Test func modesAndUpstreamsReport() throws {
    let twice = LicenceFindings(rpm: "zip-3.0-6.azl3.x86_64.rpm", duplicated: ["/a"])
    let wrong = LicenceFindings(rpm: "tar-1-1.azl3.x86_64.rpm", documents: ["/b"])
    #expect(LicenceCheckMode.allCases.filter(twice.isError) == [.pedantic])
    #expect(LicenceCheckMode.allCases.filter(wrong.isError) == [.fatal, .pedantic])
    let rows = try JSONSerialization.jsonObject(with: LicenceFindings.upstream([twice])) as? [[String: Any]]
    #expect(rows?.first?.keys.sorted() == ["DuplicatedDocs", "PackageName", "RpmPath"])
    #expect(rows?.first?["PackageName"] as? String == "zip")
  }
}
