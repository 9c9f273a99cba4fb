import AzureLinux
import CLinux
import Foundation

/// One parse in one forked process: what it did to librpm's state, its folder or its limits ends with it.
enum Child {
  /// The reply's frame, whatever became of the child.
  static func run(_ request: SpecWire.Request, setup: SpecWire.Setup) -> Data {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return reply(.crashed(signal: 0)) }
    let pid = clinux_fork()
    if pid == 0 {
      close(ends[0])
      clinux_die_with_parent()
      setpgid(0, 0)
      let info = SpecReader(request: request, setup: setup).read()
      Channel.write(reply(.parsed(info)), to: ends[1])
      _exit(0)
    }
    close(ends[1])
    defer { close(ends[0]) }
    guard pid > 0 else { return reply(.crashed(signal: 0)) }
    let (frame, isLate) = collect(ends[0], milliseconds: request.milliseconds)
    // its shells are in its group
    kill(-pid, SIGKILL)
    if isLate { kill(pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    if isLate { return reply(.timedOut) }
    if frame.count >= 4, frame.count == SpecWire.length(frame) + 4 { return frame }
    return reply(.crashed(signal: status & 0x7f))
  }

  private static func collect(_ descriptor: Int32, milliseconds: Int) -> (Data, isLate: Bool) {
    let start = now()
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let left = milliseconds - Int((now() - start) / 1_000_000)
      guard left > 0 else { return (data, true) }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, Int32(left))
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 { return (data, true) }
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return (data, false) }
      data.append(contentsOf: buffer[..<count])
      // the child has said all: shells that it left behind may hold the pipe open
      if data.count >= 4, data.count >= SpecWire.length(data) + 4 { return (data, false) }
    }
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private static func reply(_ reply: SpecWire.Reply) -> Data { (try? SpecWire.frame(reply)) ?? Data() }
}
