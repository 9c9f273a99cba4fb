import AzureLinux
import CRepo
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
  /// Tried again after a wait where that may help.
  var isPatient = true

  struct Checksum: Hashable, Sendable {
    var type: String
    var value: String

    /// Of a file, in the same form; nil where it cannot be read.
    func actual(of path: FilePath) -> String? {
      guard let file = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec]) else { return nil }
      defer { try? file.close() }
      guard let text = lr_checksum_fd(lr_checksum_type(type), file.rawValue, nil) else { return nil }
      defer { lr_free(text) }
      return String(cString: text)
    }

    func isOf(_ path: FilePath) -> Bool { actual(of: path) == value }
  }

  /// The path of a `file://` URL.
  var localPath: FilePath? {
    url.hasPrefix("file://") ? FilePath(url.dropFirst("file://".count).removingPercentEncoding ?? "") : nil
  }
}

/// Absolute paths of PEM files, for servers with an authority of their own or that ask who is there.
package struct Credentials: Hashable, Sendable {
  package var ca: String?
  package var certificate: String?
  package var key: String?
  /// Whether the server must prove who it is.
  package var isVerifying = true

  package init(ca: String? = nil, certificate: String? = nil, key: String? = nil, isVerifying: Bool = true) {
    self.ca = ca
    self.certificate = certificate
    self.key = key
    self.isVerifying = isVerifying
  }

  /// The first of the files that is not there.
  var missing: String? {
    [ca, certificate, key].compactMap { $0 }.first { !FileManager.default.isReadableFile(atPath: $0) }
  }
}

enum TransferOutcome: Sendable, Equatable {
  case complete
  /// The network may not be asked.
  case offline
  case notFound
  case refused(status: Int)
  /// In the form in which the transfer names its checksum.
  case wrongChecksum(actual: String)
  /// The server is there, but does not continue in the middle of this file.
  case cannotContinue
  case unreachable(reason: String)
  case cancelled
  case unwritable(Errno)
  /// Bytes that are free.
  case diskFull(FilePath, available: Int64)

  /// Whether the next attempt may go better.
  var isTransient: Bool {
    switch self {
    case .unreachable: true
    // too early, too many requests and whatever a server calls its own fault
    case .refused(let status): [408, 425, 429].contains(status) || status >= 500
    case .complete, .offline, .notFound, .wrongChecksum, .cannotContinue, .cancelled, .unwritable, .diskFull:
      false
    }
  }
}
