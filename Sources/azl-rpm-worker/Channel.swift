import AzureLinux
import Foundation

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

  func receive<Value: Decodable>(_ type: Value.Type) throws -> Value? {
    guard let head = read(4) else { return nil }
    let length = SpecWire.length(head)
    guard length <= SpecWire.largestFrame, let body = read(length) else { return nil }
    return try JSONDecoder().decode(type, from: body)
  }

  func send(_ value: some Encodable) throws { sendFrame(try SpecWire.frame(value)) }

  func sendFrame(_ frame: Data) { Self.write(frame, to: descriptor) }

  static func write(_ data: Data, to descriptor: Int32) {
    data.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = Foundation.write(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { exit(1) }
        sent += count
      }
    }
  }

  private func read(_ count: Int) -> Data? {
    var data = Data(count: count)
    let isWhole = data.withUnsafeMutableBytes { bytes in
      var received = 0
      while received < count {
        let got = Foundation.read(descriptor, bytes.baseAddress! + received, count - received)
        if got < 0 && errno == EINTR { continue }
        if got <= 0 { return false }
        received += got
      }
      return true
    }
    return isWhole ? data : nil
  }
}
