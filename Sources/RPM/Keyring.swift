import AzureLinux
import CRPM
import SystemPackage

/// The OpenPGP public keys that are trusted for a set of RPMs. Nothing else is: no key of the host's rpm database.
package struct Keyring: Hashable, Sendable {
  package struct Key: Hashable, Sendable {
    /// Long key id, 16 upper-case hexadecimal digits.
    package let id: String
    let packet: [UInt8]
  }

  package let keys: [Key]

  /// Reads armoured key files, each of which may hold several keys.
  package init(keys files: [FilePath]) throws(RPMError) {
    var keys: [Key] = []
    for file in files {
      let found = try Librpm.exclusively { () throws(RPMError) -> [Key] in try Keyring.read(file) }
      keys += found
    }
    self.keys = keys
  }

  private static func read(_ file: FilePath) throws(RPMError) -> [Key] {
    let text: String
    do {
      let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
      defer { try? descriptor.close() }
      // public key files are some kilobytes
      text = try String(unsafeUninitializedCapacity: 1 << 20) { buffer in
        var count = 0
        while case let read = try descriptor.read(
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])),
          read > 0
        { count += read }
        return count
      }
    } catch {
      throw .keyUnreadable(file, reason: (error as? Errno)?.description ?? "\(error)")
    }
    let begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
    let keys = text.split(separator: begin).dropFirst(text.hasPrefix(begin) ? 0 : 1)
      .flatMap { certificates(inArmour: begin + $0) }
    guard !keys.isEmpty else {
      throw .keyUnreadable(file, reason: "no public key block in it that librpm reads")
    }
    return keys
  }

  /// The keys of one armour block.
  private static func certificates(inArmour armour: String) -> [Key] {
    var packets: UnsafeMutablePointer<UInt8>?
    var length = 0
    guard pgpParsePkts(armour, &packets, &length) == PGPARMOR_PUBKEY, let packets else { return [] }
    defer { free(packets) }
    var keys: [Key] = []
    var start = 0
    while start < length {
      var count = 0
      guard pgpPubKeyCertLen(packets + start, length - start, &count) == 0, count > 0 else { break }
      var id = [UInt8](repeating: 0, count: 8)
      if pgpPubkeyKeyID(packets + start, count, &id) == 0 {
        keys.append(
          Key(id: hex(id), packet: Array(UnsafeBufferPointer(start: packets + start, count: count))))
      }
      start += count
    }
    return keys
  }

  /// librpm's own form of it, to be freed by the caller, within `Librpm.exclusively`.
  func make() -> OpaquePointer? {
    let keyring = rpmKeyringNew()
    for key in keys {
      guard let main = rpmPubkeyNew(key.packet, key.packet.count) else { continue }
      defer { rpmPubkeyFree(main) }
      rpmKeyringAddKey(keyring, main)
      var count: Int32 = 0
      let subkeys = rpmGetSubkeys(main, &count)
      defer { free(subkeys) }
      for index in 0..<Int(count) {
        rpmKeyringAddKey(keyring, subkeys?[index])
        rpmPubkeyFree(subkeys?[index])
      }
    }
    return keyring
  }

  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
  }
}
