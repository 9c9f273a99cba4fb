import Glibc
import SystemPackage

/// One inotify instance: the owner of its descriptor. Reading never blocks.
final class INotify: Sendable {
  /// What happened, or what to be told about: the kernel's `IN_` flags.
  struct Flags: OptionSet, Sendable {
    let rawValue: UInt32
    static let closeWrite = Flags(rawValue: 0x8)
    static let attributes = Flags(rawValue: 0x4)
    static let movedFrom = Flags(rawValue: 0x40)
    static let movedTo = Flags(rawValue: 0x80)
    static let create = Flags(rawValue: 0x100)
    static let delete = Flags(rawValue: 0x200)
    static let deleteSelf = Flags(rawValue: 0x400)
    static let moveSelf = Flags(rawValue: 0x800)
    static let unmount = Flags(rawValue: 0x2000)
    static let overflow = Flags(rawValue: 0x4000)
    static let ignored = Flags(rawValue: 0x8000)
    static let onlyFolder = Flags(rawValue: 0x0100_0000)
    static let dontFollow = Flags(rawValue: 0x0200_0000)
    static let exceptUnlinked = Flags(rawValue: 0x0400_0000)
    static let isFolder = Flags(rawValue: 0x4000_0000)
  }

  struct Event {
    var watch: Int32
    var flags: Flags
    /// Entry of the watched folder that it happened to; nil for the folder itself.
    var name: String?
  }

  let descriptor: Int32

  init() throws(Errno) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    if descriptor < 0 { throw Errno(rawValue: errno) }
  }

  deinit { close(descriptor) }

  /// Watches a path, or changes what is told about it; the same inode keeps its number.
  func add(_ path: String, _ flags: Flags) throws(Errno) -> Int32 {
    let watch = inotify_add_watch(descriptor, path, flags.rawValue)
    if watch < 0 { throw Errno(rawValue: errno) }
    return watch
  }

  /// A watch that the kernel has already dropped is no error.
  func remove(_ watch: Int32) { inotify_rm_watch(descriptor, watch) }

  /// Everything that is queued. The kernel queues an event before the call that caused it returns, so this
  /// sees whatever was finished before.
  func read() throws(Errno) -> [Event] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    defer { buffer.deallocate() }
    var events: [Event] = []
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN { return events }
        throw Errno(rawValue: errno)
      }
      append(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: &events)
    }
  }

  /// struct inotify_event: wd, mask, cookie, length of the name, the name padded with zeros.
  private func append(_ bytes: UnsafeRawBufferPointer, to events: inout [Event]) {
    var offset = 0
    while offset + 16 <= bytes.count {
      let length = Int(bytes.load(fromByteOffset: offset + 12, as: UInt32.self))
      let name = bytes[(offset + 16)..<(offset + 16 + length)].prefix { $0 != 0 }
      events.append(
        Event(
          watch: bytes.load(fromByteOffset: offset, as: Int32.self),
          flags: Flags(rawValue: bytes.load(fromByteOffset: offset + 4, as: UInt32.self)),
          name: name.isEmpty ? nil : String(decoding: name, as: UTF8.self)))
      offset += 16 + length
    }
  }
}
