import CRPM
import SystemPackage

/// The archive in an RPM, read by librpm, which also checks the digest of each file. To be used within
/// `Librpm.exclusively`.
enum Payload {
  /// What those of these files offer that are shared libraries; the others are left out.
  static func libraries(in rpm: FilePath, among paths: Set<String>) throws(RPMError) -> [String: [String]] {
    let transaction = rpmtsCreate()
    defer { rpmtsFree(transaction) }
    rpmtsSetVSFlags(transaction, Header.checks)
    guard let file = Fopen(rpm.string, "r.ufdio"), Ferror(file) == 0 else {
      throw .unreadable(rpm, reason: "cannot open")
    }
    defer { Fclose(file) }
    var header: OpaquePointer?
    guard rpmReadPackageFile(transaction, file, rpm.string, &header) == RPMRC_OK, let header else {
      throw .unreadable(rpm, reason: Librpm.complaint)
    }
    defer { headerFree(header) }
    let compressor =
      headerGetString(header, RPMTAG_PAYLOADCOMPRESSOR.rawValue).map { String(cString: $0) } ?? "gzip"
    guard let payload = Fdopen(file, "r.\(compressor)"), Ferror(payload) == 0 else {
      throw .unreadable(rpm, reason: "payload compressed with \(compressor)")
    }
    let files = rpmfilesNew(nil, header, 0, rpmfiFlags(RPMFI_KEEPHEADER.rawValue))
    defer { rpmfilesFree(files) }
    let archive = rpmfiNewArchiveReader(
      payload, files, Int32(RPMFI_ITER_READ_ARCHIVE_CONTENT_FIRST.rawValue))
    defer { rpmfiFree(archive) }
    var found: [String: [String]] = [:]
    while true {
      let position = rpmfiNext(archive)
      guard position >= 0 else {
        guard position == RPMERR_ITER_END.rawValue else {
          throw .unreadable(rpm, reason: "its payload: \(explain(position))")
        }
        return found
      }
      let path = rpmfiFN(archive).map { String(cString: $0) } ?? ""
      guard paths.contains(path), rpmfiArchiveHasContent(archive) != 0 else { continue }
      let size = Int(rpmfiFSize(archive))
      let content = UnsafeMutableRawBufferPointer.allocate(byteCount: max(size, 1), alignment: 16)
      defer { content.deallocate() }
      guard rpmfiArchiveRead(archive, content.baseAddress, size) == size else {
        throw .unreadable(rpm, reason: "\(path) in its payload is cut off")
      }
      found[path] = SharedLibrary.offers(UnsafeMutableRawBufferPointer(rebasing: content[..<size]))
    }
  }

  private static func explain(_ code: Int32) -> String {
    let text = rpmfileStrerror(code)
    defer { free(text) }
    return text.map { String(cString: $0) } ?? "error \(code)"
  }
}
