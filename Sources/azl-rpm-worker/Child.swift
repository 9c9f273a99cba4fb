import CLinux
import Glibc
import SpecFormat

/// One parse in one forked process: what it did to librpm's state, its folder or its limits ends with it. It is forked
/// before there is anything to parse, so that a save does not wait for that.
struct Child {
  private let pid: pid_t
  private let requests: Int32
  private let replies: Int32

  /// - Parameter setup: of this worker.
  init?(_ setup: SpecWire.Setup) {
    guard let requests = Self.makePipe() else { return nil }
    guard let replies = Self.makePipe() else {
      close(requests.read)
      close(requests.write)
      return nil
    }
    pid = clinux_fork()
    if pid == 0 {
      clinux_die_with_parent()
      setpgid(0, 0)
      close(requests.write)
      guard let request = Channel(descriptor: requests.read).receive(SpecWire.Request.self) else { _exit(0) }
      for output in request.outputs { output.remember() }
      let parsed = SpecReader(request: request, setup: setup).read()
      Channel.write(SpecWire.frame(SpecWire.Reply.parsed(parsed)), to: replies.write)
      _exit(0)
    }
    close(requests.read)
    close(replies.write)
    self.requests = requests.write
    self.replies = replies.read
    if pid < 0 {
      close(self.requests)
      close(self.replies)
      return nil
    }
  }

  private static func makePipe() -> (read: Int32, write: Int32)? {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    // not for the shells of a spec: one left behind would hold the pipe open
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Hands it what to parse, and the reply to `channel`: at once where it is whole, and whatever became of the child.
  /// - Returns: the reply's frame.
  func run(_ request: SpecWire.Request, answering channel: Channel) -> [UInt8] {
    // all of it or, from a child that has died, nothing
    Channel.write(SpecWire.frame(request), to: requests, isFatal: false)
    let (frame, isLate) = Self.collect(replies, milliseconds: request.milliseconds)
    let isWhole = !isLate && frame.count >= 4 && frame.count == SpecWire.length(frame) + 4
    if isWhole { channel.send(frame: frame) }
    let status = end(isLate: isLate)
    if isWhole { return frame }
    let reply =
      isLate
      ? SpecWire.frame(SpecWire.Reply.timedOut)
      : SpecWire.frame(SpecWire.Reply.crashed(signal: status & 0x7f))
    channel.send(frame: reply)
    return reply
  }

  private func end(isLate: Bool) -> Int32 {
    close(requests)
    close(replies)
    // its shells are in its group
    kill(-pid, SIGKILL)
    if isLate { kill(pid, SIGKILL) }
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    return status
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
