import AzureLinux
import CCrypto
import Foundation
import SystemPackage

/// A running SHA-256 by OpenSSL, which uses the CPU's SHA instructions.
package struct SHA256: ~Copyable {
  // because a digest goes on through a reference that is not inout; nobody else has the context
  private let context = UnsafeMutablePointer<SHA256_CTX>.allocate(capacity: 1)

  package init() { SHA256_Init(context) }

  deinit { context.deallocate() }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    if let base = bytes.baseAddress { SHA256_Update(context, base, bytes.count) }
  }

  package func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  package consuming func finish() -> Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    SHA256_Final(&bytes, context)
    return Digest(bytes: bytes)
  }
}

extension Digest {
  package static func of(_ data: Data) -> Digest {
    let hash = SHA256()
    data.withUnsafeBytes { hash.update($0) }
    return hash.finish()
  }

  package static func of(_ text: String) -> Digest {
    let hash = SHA256()
    hash.update(text)
    return hash.finish()
  }

  /// Content of a regular file; throws `Errno`.
  package static func of(file: FilePath) throws -> Digest {
    let descriptor = try FileDescriptor.open(file, .readOnly, options: [.closeOnExec])
    defer { try? descriptor.close() }
    let hash = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while case let count = try descriptor.read(into: buffer), count > 0 {
      hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
    return hash.finish()
  }
}
