import AzureLinux
import Foundation
import Sandbox
import Storage
import SystemPackage

/// An RPM file with an uncompressed payload that is changed in place, its digests with it: what rpmbuild would not make.
struct ForgedRPM {
  let file: FilePath

  init(_ file: FilePath) { self.file = file }

  /// - Parameter new: as long as `old`.
  func rename(_ old: String, to new: String) async throws {
    let whole = try Data(contentsOf: URL(filePath: file.string))
    // a lead of 96 bytes, the signatures, filled up to 8 bytes, the header, the payload
    let endOfSignatures = 96 + Self.size(of: whole, at: 96)
    var signatures = Data(whole[96..<endOfSignatures])
    let start = (endOfSignatures + 7) / 8 * 8
    let end = start + Self.size(of: whole, at: start)
    let (oldHeader, oldPayload) = (Data(whole[start..<end]), Data(whole[end...]))

    var (header, payload) = (oldHeader, oldPayload)
    header.replace(Data(old.utf8), with: Data(new.utf8))
    payload.replace(Data(old.utf8), with: Data(new.utf8))
    header.replace(Data(Digest.of(oldPayload).hex.utf8), with: Data(Digest.of(payload).hex.utf8))
    signatures.replace(Data(Digest.of(oldHeader).hex.utf8), with: Data(Digest.of(header).hex.utf8))
    let (oldSum, newSum) = (try await sum("sha1sum", oldHeader), try await sum("sha1sum", header))
    signatures.replace(Data(oldSum.utf8), with: Data(newSum.utf8))
    let bytes = (try await sum("md5sum", oldHeader + oldPayload), try await sum("md5sum", header + payload))
    signatures.replace(Self.bytes(bytes.0), with: Self.bytes(bytes.1))
    try (whole[..<96] + signatures + whole[endOfSignatures..<start] + header + payload).write(
      to: URL(filePath: file.string))
  }

  /// Magic and reserved bytes, the number of entries of 16 bytes, the bytes of their values.
  private static func size(of data: Data, at start: Int) -> Int {
    func number(_ offset: Int) -> Int {
      data[start + offset..<start + offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    return 16 + 16 * number(8) + number(12)
  }

  private func sum(_ program: String, _ data: Data) async throws -> String {
    let part = file.removingLastComponent().appending("part")
    try data.write(to: URL(filePath: part.string))
    return String(try await Command([program, part.string]).check().text.prefix { $0 != " " })
  }

  private static func bytes(_ hex: String) -> Data {
    let digits = Array(hex.utf8)
    return Data(
      stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
      })
  }
}
