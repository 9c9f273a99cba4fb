import AzureLinux
import Foundation
import SystemPackage

/// One file to fetch from one URL into a partial file, which a later attempt continues.
struct Transfer: Sendable {
  /// For people.
  var name: String
  var url: String
  var partial: FilePath
  /// Type and value as metadata give them (`sha256`, hexadecimal); nil: whatever comes.
  var checksum: Checksum?
  /// Bytes, where known.
  var size: Int64 = 0
  var credentials = Credentials()

  struct Checksum: Hashable, Sendable {
    var type: String
    var value: String
  }

  /// Absolute paths of PEM files.
  struct Credentials: Hashable, Sendable {
    var ca: String?
    var certificate: String?
    var key: String?
  }

  /// The path of a `file://` URL.
  var localPath: FilePath? {
    url.hasPrefix("file://") ? FilePath(url.dropFirst("file://".count).removingPercentEncoding ?? "") : nil
  }
}

enum TransferOutcome: Sendable, Equatable {
  case complete
  case notFound
  case refused(status: Int)
  /// In the form in which the transfer names its checksum.
  case wrongChecksum(actual: String)
  /// The server is there, but does not continue in the middle of this file.
  case cannotContinue
  case unreachable(reason: String)
  case cancelled
  case unwritable(Errno)

  /// Whether the next attempt may go better.
  var isTransient: Bool {
    switch self {
    case .unreachable: true
    // too early, too many requests and whatever a server calls its own fault
    case .refused(let status): [408, 425, 429].contains(status) || status >= 500
    case .complete, .notFound, .wrongChecksum, .cannotContinue, .cancelled, .unwritable: false
    }
  }
}
