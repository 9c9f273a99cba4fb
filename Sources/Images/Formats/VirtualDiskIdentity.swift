import Foundation
import SystemPackage

/// What qemu-img draws at random or takes from the clock when it writes a disk, put back to what the image's identity
/// says. The formats: Microsoft's "Virtual Hard Disk Image Format Specification" and [MS-VHDX] 2.2 and 2.6.
struct VirtualDiskIdentity {
  let identity: ImageIdentity
  /// Seconds since 1970.
  let timestamp: Int

  private func bytes(_ purpose: String) -> [UInt8] {
    withUnsafeBytes(of: UUID(uuidString: identity.uuid(purpose))?.uuid) { Array($0.prefix(16)) }
  }

  // MARK: VHD

  /// The footer, 512 bytes at the end of a fixed disk.
  func settleFixedVHD(_ path: FilePath) throws {
    let file = try FileDescriptor.open(path, .readWrite, options: [.closeOnExec])
    try file.closeAfter {
      let start = try file.seek(offset: -512, from: .end)
      var footer = try file.read(512, at: start)
      guard footer.starts(with: Array("conectix".utf8)) else { throw VirtualDiskError.notOne(path, "VHD") }
      // seconds since 2000, big endian
      footer.replace(at: 24, with: UInt32(clamping: timestamp - 946_684_800).bigEndian)
      footer.replaceSubrange(68..<84, with: bytes("vhd"))
      footer.replace(at: 64, with: UInt32(0))
      let sum = footer.reduce(UInt32(0)) { $0 &+ UInt32($1) }
      footer.replace(at: 64, with: (~sum).bigEndian)
      try file.writeAll(toAbsoluteOffset: start, footer)
    }
  }

  // MARK: VMDK

  /// The content id, in the description that lies at the beginning of a disk of one file. qemu-img writes it without
  /// leading zeros, so what follows may have to move.
  func settleVMDK(_ path: FilePath) throws {
    let file = try FileDescriptor.open(path, .readWrite, options: [.closeOnExec])
    try file.closeAfter {
      let header = try file.read(512, at: 0)
      guard header.starts(with: Array("KDMV".utf8)) else { throw VirtualDiskError.notOne(path, "VMDK") }
      let offset = Int64(header.value(UInt64.self, at: 28)) * 512
      let size = Int(header.value(UInt64.self, at: 36)) * 512
      var text = try file.read(size, at: offset)
      guard let start = text.firstRange(of: Array("\nCID=".utf8))?.upperBound,
        let end = text[start...].firstIndex(of: UInt8(ascii: "\n"))
      else { throw VirtualDiskError.notOne(path, "VMDK") }
      text.replaceSubrange(start..<end, with: identity.volumeID("vmdk").lowercased().utf8)
      text = Array((text + [UInt8](repeating: 0, count: 8)).prefix(size))
      try file.writeAll(toAbsoluteOffset: offset, text)
    }
  }

  // MARK: VHDX

  private static let headers: [Int64] = [64 << 10, 128 << 10]
  private static let regionTable: Int64 = 192 << 10
  private static let metadataRegion: [UInt8] = [
    0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e,
  ]
  private static let page83: [UInt8] = [
    0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45, 0x93, 0xef, 0xc3, 0x09, 0xe0, 0x00, 0xc7, 0x46,
  ]

  /// Both headers, the log, which must be empty, and the disk's own id.
  func settleVHDX(_ path: FilePath) throws {
    let file = try FileDescriptor.open(path, .readWrite, options: [.closeOnExec])
    try file.closeAfter {
      for (index, offset) in Self.headers.enumerated() {
        var header = try file.read(4096, at: offset)
        guard header.starts(with: Array("head".utf8)) else { throw VirtualDiskError.notOne(path, "VHDX") }
        guard header[48..<64].allSatisfy({ $0 == 0 }) else { throw VirtualDiskError.logInUse(path) }
        let length = Int(header.value(UInt32.self, at: 68))
        try file.writeAll(
          toAbsoluteOffset: Int64(header.value(UInt64.self, at: 72)), [UInt8](repeating: 0, count: length))
        header.replace(at: 8, with: UInt64(index + 1).littleEndian)
        header.replaceSubrange(16..<32, with: bytes("vhdx file"))
        header.replaceSubrange(32..<48, with: bytes("vhdx data"))
        header.replace(at: 4, with: UInt32(0))
        header.replace(at: 4, with: CRC32C.of(header).littleEndian)
        try file.writeAll(toAbsoluteOffset: offset, header)
      }
      try settlePage83(file, path)
    }
  }

  private func settlePage83(_ file: FileDescriptor, _ path: FilePath) throws {
    let regions = try file.read(64 << 10, at: Self.regionTable)
    for region in regions.entries(count: Int(regions.value(UInt32.self, at: 8)), from: 16)
    where region.starts(with: Self.metadataRegion) {
      let start = Int64(Array(region).value(UInt64.self, at: 16))
      let metadata = try file.read(64 << 10, at: start)
      for item in metadata.entries(count: Int(metadata.value(UInt16.self, at: 10)), from: 32)
      where item.starts(with: Self.page83) {
        try file.writeAll(
          toAbsoluteOffset: start + Int64(Array(item).value(UInt32.self, at: 16)), bytes("vhdx disk"))
        return
      }
    }
    throw VirtualDiskError.notOne(path, "VHDX")
  }
}

enum VirtualDiskError: Error, CustomStringConvertible {
  case notOne(FilePath, String)
  case logInUse(FilePath)
  case cutShort(Int64)

  var description: String {
    switch self {
    case .notOne(let path, let format): "qemu-img wrote no \(format) that is known here: \(path)"
    case .logInUse(let path): "the log of \(path) is in use: it was not closed"
    case .cutShort(let offset): "the disk ends before byte \(offset)"
    }
  }
}

/// Castagnoli's checksum, which VHDX headers carry.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0x82f6_3b78 : 0) }
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
  }
}

extension FileDescriptor {
  fileprivate func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
    let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
      initialised = try read(fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard bytes.count == count else { throw VirtualDiskError.cutShort(offset + Int64(count)) }
    return bytes
  }
}

extension [UInt8] {
  /// As it lies there, little endian.
  fileprivate func value<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int)
    -> Value
  {
    withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
  }

  fileprivate mutating func replace(at offset: Int, with value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value) { replaceSubrange(offset..<offset + $0.count, with: $0) }
  }

  /// Of a table: 32 bytes each.
  fileprivate func entries(count: Int, from offset: Int) -> [ArraySlice<UInt8>] {
    (0..<Swift.min(count, (self.count - offset) / 32)).map { self[offset + $0 * 32..<offset + ($0 + 1) * 32] }
  }
}
