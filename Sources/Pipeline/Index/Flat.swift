import Foundation

/// Arrays of plain values as they lie in memory: for a file that the program that wrote it reads again.
struct FlatWriter {
  private(set) var bytes = Data()

  mutating func put<Element: BitwiseCopyable>(_ values: [Element]) {
    withUnsafeBytes(of: UInt64(values.count)) { bytes.append(contentsOf: $0) }
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }
}

enum FlatError: Error { case damaged }

/// Reads what `FlatWriter` wrote. Borrows the bytes: it must not outlive them.
struct FlatReader {
  private let bytes: UnsafeRawBufferPointer
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func take<Element: BitwiseCopyable>(_ type: Element.Type = Element.self) throws(FlatError)
    -> [Element]
  {
    guard bytes.count - offset >= 8 else { throw .damaged }
    let count = Int(clamping: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    offset += 8
    let (size, isTooMuch) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !isTooMuch, size <= bytes.count - offset else { throw .damaged }
    defer { offset += size }
    let source = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
    // because the elements are plain values, and every pattern of bits of those that are written is one
    return [Element](unsafeUninitializedCapacity: count) { target, initialised in
      UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
      initialised = count
    }
  }
}
