import CLinux
import Glibc
import SpecFormat

/// One parse in one forked process: what it did to librpm's state, its folder or its limits ends with it.
enum Child {
  /// The reply's frame, whatever became of the child.
  static func run(_ request: SpecWire.Request, setup: SpecWire.Setup) -> [UInt8] {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return SpecWire.frame(SpecWire.Reply.crashed(signal: 0)) }
    // not for the shells of a spec: one left behind would hold the pipe open
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let pid = clinux_fork()
    if pid == 0 {
      clinux_die_with_parent()
      setpgid(0, 0)
      let parsed = SpecReader(request: request, setup: setup).read()
      Channel.write(SpecWire.frame(SpecWire.Reply.parsed(parsed)), to: ends[1])
      _exit(0)
    }
    close(ends[1])
    defer { close(ends[0]) }
    guard pid > 0 else { return SpecWire.frame(SpecWire.Reply.crashed(signal: 0)) }
    let (frame, isLate) = collect(ends[0], milliseconds: request.milliseconds)
    // its shells are in its group
    kill(-pid, SIGKILL)
    if isLate { kill(pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    if isLate { return SpecWire.frame(SpecWire.Reply.timedOut) }
    if frame.count >= 4, frame.count == SpecWire.length(frame) + 4 { return frame }
    return SpecWire.frame(SpecWire.Reply.crashed(signal: status & 0x7f))
  }

  private static func collect(_ descriptor: Int32, milliseconds: Int) -> ([UInt8], isLate: Bool) {
    let start = now()
    var data: [UInt8] = []
    var room = 1 << 14
    while true {
      let left = milliseconds - Int((now() - start) / 1_000_000)
      guard left > 0 else { return (data, true) }
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wait, 1, Int32(left))
      if ready < 0 && errno == EINTR { continue }
      if ready == 0 { return (data, true) }
      var count = 0
      data += [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
        count = read(descriptor, buffer.baseAddress!, room)
        initialized = max(count, 0)
      }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return (data, false) }
      let whole = data.count >= 4 ? SpecWire.length(data) + 4 : Int.max
      if data.count >= whole { return (data, false) }
      room = min(max(whole - data.count, 1), 1 << 16)
    }
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
