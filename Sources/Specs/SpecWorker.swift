import AzureLinux
import Dispatch
import Foundation
import Sandbox
import SystemPackage

/// One `azl-rpm-worker` and our end of its socket. Closing the socket is what ends it.
final class SpecWorker: Sendable {
  private let descriptor: Int32
  private let queue = DispatchQueue(label: "spec worker")
  private let process: Task<Int32, any Error>

  /// Starts the process and hands it what all its parses share.
  init(_ command: Command, setup: SpecWire.Setup) async throws {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else {
      throw SpecsError.workerRefused(reason: String(cString: strerror(errno)))
    }
    descriptor = ends[0]
    let theirs = FileDescriptor(rawValue: ends[1])
    process = Task { try await command.serve(input: theirs) }
    switch await exchange(setup, milliseconds: 30_000) {
    case .ready: break
    case .refused(let reason): throw SpecsError.workerRefused(reason: reason)
    default:
      shutdown(descriptor, Int32(SHUT_RDWR))
      switch await process.result {
      case .failure(let error): throw error
      case .success(let status): throw SpecsError.workerRefused(reason: "it ended with status \(status)")
      }
    }
  }

  deinit { close(descriptor) }

  /// Nil when the process is gone or does not answer in time.
  func parse(_ request: SpecWire.Request) async -> SpecWire.Reply? {
    // the worker keeps the deadline itself; this is for a worker that cannot
    await exchange(request, milliseconds: request.milliseconds * 2 + 10_000)
  }

  /// Ends the process and waits for it.
  func stop() async {
    shutdown(descriptor, Int32(SHUT_RDWR))
    // an idle worker ends at once by itself
    let deadline = Task { [process] in
      try await Task.sleep(for: .seconds(1))
      process.cancel()
    }
    _ = await process.result
    deadline.cancel()
  }

  private func exchange(_ value: some Packed & Sendable, milliseconds: Int) async -> SpecWire.Reply? {
    let descriptor = descriptor
    return await withCheckedContinuation { continuation in
      queue.async {
        let answer = Self.exchange(SpecWire.frame(value), descriptor, milliseconds)
        continuation.resume(returning: answer.flatMap { try? SpecWire.Reply(packed: $0) })
      }
    }
  }

  private static func exchange(_ frame: [UInt8], _ descriptor: Int32, _ milliseconds: Int) -> [UInt8]? {
    var limit = timeval(tv_sec: milliseconds / 1000, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var sent = 0
    while sent < frame.count {
      let count = frame.withUnsafeBytes {
        send(descriptor, $0.baseAddress! + sent, frame.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return nil }
      sent += count
    }
    guard let head = receive(4, descriptor) else { return nil }
    let length = SpecWire.length(head)
    return length <= SpecWire.largestFrame ? receive(length, descriptor) : nil
  }

  private static func receive(_ count: Int, _ descriptor: Int32) -> [UInt8]? {
    var isWhole = true
    let data = [UInt8](unsafeUninitializedCapacity: count) { bytes, received in
      received = 0
      while received < count {
        let got = read(descriptor, bytes.baseAddress! + received, count - received)
        if got < 0 && errno == EINTR { continue }
        guard got > 0 else {
          isWhole = false
          return
        }
        received += got
      }
    }
    return isWhole ? data : nil
  }
}
