import AzureLinux
import CRepo
import Foundation
import SystemPackage

/// What `repomd.xml` says of the files that are needed.
struct RepositoryMetadata {
  struct Record: Hashable, Sendable {
    var location: String
    var checksum: Transfer.Checksum
    var size: Int64
    /// The same for every state of the repository in which the file is the same.
    var fileName: String { location.split(separator: "/").last.map(String.init) ?? location }
  }

  /// Grows with each state: its own number where it is one, else the newest time in it.
  var revision: Int64?
  var primary: Record
  var filelists: Record?

  /// nil: not XML of this kind, or without `primary`.
  init?(repomd file: FilePath) {
    guard let descriptor = try? FileDescriptor.open(file, .readOnly, options: [.closeOnExec]) else {
      return nil
    }
    defer { try? descriptor.close() }
    let repomd = lr_yum_repomd_init()
    defer { lr_yum_repomd_free(repomd) }
    guard lr_yum_repomd_parse_file(repomd, descriptor.rawValue, nil, nil, nil) != 0 else { return nil }
    func record(_ type: String) -> Record? {
      guard let record = lr_yum_repomd_get_record(repomd, type)?.pointee, let location = record.location_href,
        let type = record.checksum_type, let value = record.checksum
      else { return nil }
      return Record(
        location: String(cString: location),
        checksum: Transfer.Checksum(type: String(cString: type), value: String(cString: value)),
        size: Int64(record.size))
    }
    guard let primary = record("primary") else { return nil }
    self.primary = primary
    let newest = lr_yum_repomd_get_highest_timestamp(repomd, nil)
    revision =
      repomd?.pointee.revision.flatMap { Int64(String(cString: $0)) } ?? (newest > 0 ? Int64(newest) : nil)
    filelists = record("filelists")
  }
}
