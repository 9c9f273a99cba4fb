import Glibc
import SpecFormat

/// One end of the socket pair, read and written in whole frames.
struct Channel {
  let descriptor: Int32

  /// Moves standard input out of the way of `%(cat)`: a spec that reads gets nothing.
  static func takeStandardInput() -> Int32 {
    let kept = fcntl(0, F_DUPFD_CLOEXEC, 10)
    let null = open("/dev/null", O_RDONLY)
    dup2(null, 0)
    close(null)
    // what specs print is nobody's result
    dup2(2, 1)
    return kept
  }

  /// Nil at the end of the stream, and when what came is nothing of this kind.
  func receive<Value: Packed>(_ type: Value.Type) -> Value? {
    guard let head = read(4) else { return nil }
    let length = SpecWire.length(head)
    guard length <= SpecWire.largestFrame, let body = read(length) else { return nil }
    return try? Value(packed: body)
  }

  func send(_ value: some Packed) { send(frame: SpecWire.frame(value)) }

  func send(frame: [UInt8]) { Self.write(frame, to: descriptor) }

  /// - Parameter isFatal: whether this process has nothing left to do when nobody reads.
  static func write(_ frame: [UInt8], to descriptor: Int32, isFatal: Bool = true) {
    frame.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 {
          if isFatal { exit(1) }
          return
        }
        sent += count
      }
    }
  }

  private func read(_ count: Int) -> [UInt8]? {
    var isWhole = true
    let data = [UInt8](unsafeUninitializedCapacity: count) { bytes, received in
      received = 0
      while received < count {
        let got = Glibc.read(descriptor, bytes.baseAddress! + received, count - received)
        if got < 0 && errno == EINTR { continue }
        if got <= 0 {
          isWhole = false
          return
        }
        received += got
      }
    }
    return isWhole ? data : nil
  }
}
