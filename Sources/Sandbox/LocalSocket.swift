import Dispatch
import Foundation
import Glibc
import SystemPackage

/// One end of a connection to a program on this machine, read and written without holding up other tasks. Ends with
/// `close`, from anywhere.
package final class LocalSocket: Sendable {
  private let descriptor: Int32
  private let reading = DispatchQueue(label: "local socket, reading")
  private let writing = DispatchQueue(label: "local socket, writing")

  fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { Glibc.close(descriptor) }

  /// What has come, at most 64 KiB; nil at the end. Only one task may wait.
  package func receive() async -> Data? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        reading.async { continuation.resume(returning: self.read()) }
      }
    } onCancel: {
      close()
    }
  }

  private func read() -> Data? {
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &bytes, bytes.count)
      if count < 0 && errno == EINTR { continue }
      return count > 0 ? Data(bytes[..<count]) : nil
    }
  }

  /// In order; false when nobody is there any more.
  @discardableResult
  package func send(_ data: Data) async -> Bool {
    await withCheckedContinuation { continuation in
      writing.async { continuation.resume(returning: self.write(data)) }
    }
  }

  private func write(_ data: Data) -> Bool {
    data.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.send(
          descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
  }

  package func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// A socket in a folder that one program will connect to. Named through the folder's descriptor: a socket's own path
/// may have 107 bytes only.
package final class LocalListener: Sendable {
  private let descriptor: Int32
  private let queue = DispatchQueue(label: "local listener")

  package init(folder: FilePath, name: String) throws {
    let place = try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
    defer { try? place.close() }
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw Errno(rawValue: errno) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("/proc/self/fd/\(place.rawValue)/\(name)".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(made, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 && listen(made, 1) == 0
      }
    }
    guard isBound else {
      let reason = Errno(rawValue: errno)
      Glibc.close(made)
      throw reason
    }
    descriptor = made
  }

  deinit { Glibc.close(descriptor) }

  /// The first who connects; nil after `close`.
  package func accept() async -> LocalSocket? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { continuation.resume(returning: self.next()) }
      }
    } onCancel: {
      close()
    }
  }

  private func next() -> LocalSocket? {
    while true {
      let got = Glibc.accept(descriptor, nil, nil)
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { return nil }
      _ = fcntl(got, F_SETFD, FD_CLOEXEC)
      return LocalSocket(descriptor: got)
    }
  }

  package func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
