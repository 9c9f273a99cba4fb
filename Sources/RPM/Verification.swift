import AzureLinux
import CRPM
import SystemPackage

/// Whether an RPM is what its builder signed.
package enum Verification {
  /// Checks all digests and signatures, payload included. Returns the id of the key that signed it.
  @discardableResult
  package static func verify(_ rpm: FilePath, _ keyring: Keyring) throws(RPMError) -> String {
    try Librpm.exclusively { () throws(RPMError) -> String in
      // damage first: an RPM with other bytes than were packed is not "signed by an unknown key"
      let signer = try signer(of: rpm)
      guard check(rpm, keyring, level: RPMSIG_DIGEST_TYPE, leaveOut: signatures) else {
        throw .badDigest(rpm)
      }
      guard let signer else { throw .unsigned(rpm) }
      // both are demanded, so that an RPM without a payload digest or with half a signature does not pass
      if check(rpm, keyring, level: RPMSIG_DIGEST_TYPE | RPMSIG_SIGNATURE_TYPE, leaveOut: 0) { return signer }
      throw keyring.keys.contains { knows($0, signer) }
        ? .badSignature(rpm, key: signer) : .unknownKey(rpm, key: signer)
    }
  }

  /// Checks all digests, payload included; for RPMs that nobody signs.
  package static func verifyDigests(_ rpm: FilePath) throws(RPMError) {
    try Librpm.exclusively { () throws(RPMError) -> Void in
      _ = try signer(of: rpm)
      guard check(rpm, nil, level: RPMSIG_DIGEST_TYPE, leaveOut: signatures) else { throw .badDigest(rpm) }
    }
  }

  private static let signatures =
    RPMVSF_NODSAHEADER.rawValue | RPMVSF_NORSAHEADER.rawValue | RPMVSF_NODSA.rawValue | RPMVSF_NORSA.rawValue

  private static func check(_ rpm: FilePath, _ keyring: Keyring?, level: Int, leaveOut: rpmVSFlags) -> Bool {
    let transaction = rpmtsCreate()
    defer { rpmtsFree(transaction) }
    let keys = keyring?.make() ?? rpmKeyringNew()
    defer { rpmKeyringFree(keys) }
    rpmtsSetKeyring(transaction, keys)
    rpmtsSetVfyFlags(transaction, leaveOut)
    rpmtsSetVfyLevel(transaction, Int32(level))
    let file = Fopen(rpm.string, "r.ufdio")
    defer { if file != nil { Fclose(file) } }
    var query = rpmQVKArguments_s()
    return rpmVerifySignatures(&query, transaction, file, rpm.string) == 0
  }

  /// Long id of the key that made the signature; nil without one. Reads the header unchecked, since its digests are
  /// the next thing to be looked at.
  private static func signer(of rpm: FilePath) throws(RPMError) -> String? {
    let transaction = rpmtsCreate()
    defer { rpmtsFree(transaction) }
    rpmtsSetVSFlags(
      transaction,
      signatures | RPMVSF_NOSHA1HEADER.rawValue | RPMVSF_NOSHA256HEADER.rawValue | RPMVSF_NOPAYLOAD.rawValue
        | RPMVSF_NOMD5.rawValue)
    let header = try Header(reading: rpm, transaction: transaction, accepting: [RPMRC_OK])
    for tag in [RPMTAG_RSAHEADER, RPMTAG_DSAHEADER, RPMTAG_SIGPGP, RPMTAG_SIGGPG] {
      guard let packet = header.bytes(tag) else { continue }
      var parameters: OpaquePointer?
      guard pgpPrtParams(packet, packet.count, UInt32(PGPTAG_SIGNATURE.rawValue), &parameters) == 0 else {
        continue
      }
      defer { pgpDigParamsFree(parameters) }
      guard let id = pgpDigParamsSignID(parameters) else { continue }
      return Keyring.hex(UnsafeBufferPointer(start: id, count: 8))
    }
    return nil
  }

  private static func knows(_ key: Keyring.Key, _ signer: String) -> Bool {
    if key.id == signer { return true }
    guard let main = rpmPubkeyNew(key.packet, key.packet.count) else { return false }
    defer { rpmPubkeyFree(main) }
    var count: Int32 = 0
    let subkeys = rpmGetSubkeys(main, &count)
    defer { free(subkeys) }
    var isKnown = false
    for index in 0..<Int(count) {
      let id = pgpDigParamsSignID(rpmPubkeyPgpDigParams(subkeys?[index]))
      if let id, Keyring.hex(UnsafeBufferPointer(start: id, count: 8)) == signer { isKnown = true }
      rpmPubkeyFree(subkeys?[index])
    }
    return isKnown
  }
}
