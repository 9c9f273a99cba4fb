import AzureLinux
import Foundation
import RPM
import Storage
import SystemPackage

/// Verifies RPMs of the content store, each once: beside a verified one lies a note of the key that signed it.
/// On a thread of its own, since librpm reads whole payloads and takes one caller at a time.
actor SignatureChecks {
  private let executor = BlockingExecutor("signatures")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
  private var keyrings: [String: Keyring] = [:]

  func verify(_ rpms: [FilePath], names: [String], _ access: RepositoryAccess) throws {
    let keyring = try keyrings[access.id] ?? access.keyring()
    keyrings[access.id] = keyring
    for (rpm, name) in zip(rpms, names) {
      try Task.checkCancellation()
      let note = FilePath(rpm.string + ".signed")
      // a note counts for as long as its key is trusted
      if let key = try? String(contentsOfFile: note.string, encoding: .utf8), keyring.trusts(key) { continue }
      let key: String
      do {
        key = try Verification.verify(rpm, keyring)
      } catch {
        throw RepositoryError.badRPM(repository: access.id, error.about(FilePath(name)))
      }
      try? AtomicFile.write(Data(key.utf8), to: note)
    }
  }
}

extension RPMError {
  /// In the store a file is named by its digest: people know the RPM by another name.
  fileprivate func about(_ name: FilePath) -> RPMError {
    switch self {
    case .unreadable(_, let reason): .unreadable(name, reason: reason)
    case .unsigned: .unsigned(name)
    case .unknownKey(_, let key): .unknownKey(name, key: key)
    case .badSignature(_, let key): .badSignature(name, key: key)
    case .badDigest: .badDigest(name)
    case .keyUnreadable, .badQueryOutput: self
    }
  }
}
