import AzureLinux
import CRPM
import SystemPackage

/// Digest of what an RPM is, without what only says when, where and by whom it was made. Two RPMs with the same
/// one install the same and look the same to whatever is built with them.
package enum NormalisedDigest {
  /// Header tags that say nothing about content, each with the reason.
  static let ignored: [rpmTag_e: String] = [
    RPMTAG_BUILDTIME: "the clock",
    RPMTAG_BUILDHOST: "the machine",
    RPMTAG_FILEMTIMES: "the clock: files made by the build carry the time that the identity fixes",
    RPMTAG_COOKIE: "machine and clock together",
    RPMTAG_SOURCEPKGID: "checksum of the source RPM, in which a comment of the spec counts",
    RPMTAG_CHANGELOGTIME: "told to people, not to programs",
    RPMTAG_CHANGELOGNAME: "told to people, not to programs",
    RPMTAG_CHANGELOGTEXT: "told to people, not to programs",
    RPMTAG_PAYLOADDIGEST: "of the compressed archive; the files' own digests are counted",
    RPMTAG_PAYLOADDIGESTALT: "of the archive; the files' own digests are counted",
    RPMTAG_ARCHIVESIZE: "of the archive; the files' own sizes are counted",
    RPMTAG_FILESIGNATURES: "signatures come after the build",
    RPMTAG_FILESIGNATURELENGTH: "signatures come after the build",
    RPMTAG_VERITYSIGNATURES: "signatures come after the build",
    RPMTAG_VERITYSIGNATUREALGO: "signatures come after the build",
  ]

  package static func of(rpm: FilePath) throws(RPMError) -> Digest {
    try Librpm.exclusively { () throws(RPMError) -> Digest in
      let header = try Header(reading: rpm)
      let hash = HeaderHash()
      hash.add(header, without: ignored)
      return hash.finish()
    }
  }
}

/// A running SHA-256 over the tags of headers. To be used within `Librpm.exclusively`.
struct HeaderHash: ~Copyable {
  private let hash = rpmDigestInit(Int32(RPM_HASH_SHA256.rawValue), 0)

  consuming func finish() -> Digest {
    var bytes: UnsafeMutableRawPointer?
    var count = 0
    rpmDigestFinal(hash, &bytes, &count, 0)
    defer { free(bytes) }
    return Digest(bytes: UnsafeRawBufferPointer(start: bytes, count: count))
  }

  func add(_ header: borrowing Header, without ignored: [rpmTag_e: String]) {
    let iterator = headerInitIterator(header.pointer)
    defer { headerFreeIterator(iterator) }
    let data = rpmtdNew()
    defer { rpmtdFree(data) }
    while headerNext(iterator, data) != 0 {
      let tag = rpmtdTag(data)
      // below are regions, which only say how the header lies in the file, and the signature header's tags
      let isContent = tag >= RPMTAG_NAME.rawValue || tag == RPMTAG_HEADERI18NTABLE.rawValue
      if isContent, ignored[rpmTag_e(tag)] == nil { add(data!) }
      rpmtdFreeData(data)
    }
  }

  func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// With its length, so that no two sequences give the same bytes.
  private func add(_ bytes: UnsafeRawBufferPointer) {
    var length = UInt64(bytes.count).littleEndian
    rpmDigestUpdate(hash, &length, MemoryLayout.size(ofValue: length))
    if let base = bytes.baseAddress { rpmDigestUpdate(hash, base, bytes.count) }
  }

  /// Tag, type, count and then each value.
  private func add(_ data: UnsafeMutablePointer<rpmtd_s>) {
    let type = rpmtdType(data)
    for var number in [UInt32(bitPattern: rpmtdTag(data)), type.rawValue, rpmtdCount(data)] {
      number = number.littleEndian
      rpmDigestUpdate(hash, &number, MemoryLayout.size(ofValue: number))
    }
    if type == RPM_STRING_TYPE || type == RPM_STRING_ARRAY_TYPE || type == RPM_I18NSTRING_TYPE {
      while let text = rpmtdNextString(data) { add(UnsafeRawBufferPointer(start: text, count: strlen(text))) }
    } else if type == RPM_BIN_TYPE {
      add(UnsafeRawBufferPointer(start: data.pointee.data, count: Int(rpmtdCount(data))))
    } else {
      while rpmtdNext(data) >= 0 {
        var number = rpmtdGetNumber(data).littleEndian
        rpmDigestUpdate(hash, &number, MemoryLayout.size(ofValue: number))
      }
    }
  }
}
