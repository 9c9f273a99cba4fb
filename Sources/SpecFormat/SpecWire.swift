/// What passes between the pool and `azl-rpm-worker`: packed values in frames with a 4-byte big-endian length.
package enum SpecWire {
  /// First field of the first frame: binaries of different builds refuse each other.
  package static let version: UInt = 3
  /// A frame beyond this is a broken stream.
  package static let largestFrame = 64 << 20

  /// The first frame: what all parses of this worker share.
  package struct Setup: Packed, Sendable, Hashable {
    package var version = SpecWire.version
    package var arch: String
    package var defines: [String: String]
    /// Where the worker sees the tree; specs are named relative to it.
    package var tree: String
    /// Where the tree is outside of the worker's sandbox.
    package var outside: String

    package init(arch: String, defines: [String: String], tree: String, outside: String) {
      self.arch = arch
      self.defines = defines
      self.tree = tree
      self.outside = outside
    }
    package func pack(into writer: inout PackedWriter) {
      writer.put(version)
      writer.put(arch)
      writer.put(defines.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
      writer.put(tree)
      writer.put(outside)
    }
    package init(unpacking reader: inout PackedReader) throws(PackedError) {
      version = try reader.number()
      arch = try reader.text()
      let words = try reader.texts()
      defines = [:]
      for index in stride(from: 0, to: words.count - 1, by: 2) { defines[words[index]] = words[index + 1] }
      tree = try reader.text()
      outside = try reader.text()
    }
  }

  package struct Request: Packed, Sendable, Hashable {
    package var spec: SpecLocation
    /// Version and release of specs that this one reads, by spec id.
    package var versions: [String: EVR]
    /// Whether `with_check` is 1.
    package var withCheck: Bool
    /// Whether the spec's text is wanted as rpm expands it.
    package var wantsText: Bool
    package var milliseconds: Int
    /// What other workers have learnt since the last request.
    package var outputs: [ShellOutput]

    package init(
      spec: SpecLocation, versions: [String: EVR], withCheck: Bool = false, wantsText: Bool = false,
      milliseconds: Int, outputs: [ShellOutput] = []
    ) {
      self.spec = spec
      self.versions = versions
      self.withCheck = withCheck
      self.wantsText = wantsText
      self.milliseconds = milliseconds
      self.outputs = outputs
    }
    package func pack(into writer: inout PackedWriter) {
      writer.put(spec.id)
      writer.put(spec.path)
      writer.put(UInt(versions.count))
      for (id, evr) in versions.sorted(by: { $0.key < $1.key }) {
        writer.put(id)
        evr.pack(into: &writer)
      }
      writer.put(withCheck)
      writer.put(wantsText)
      writer.put(UInt(milliseconds))
      writer.put(outputs)
    }
    package init(unpacking reader: inout PackedReader) throws(PackedError) {
      spec = SpecLocation(id: try reader.text(), path: try reader.text())
      versions = [:]
      for _ in 0..<(try reader.count()) {
        let id = try reader.text()
        versions[id] = try EVR(unpacking: &reader)
      }
      withCheck = try reader.flag()
      wantsText = try reader.flag()
      milliseconds = Int(clamping: try reader.number())
      outputs = try reader.values()
    }
  }

  /// A command of `%(…)` and what it printed.
  package struct ShellOutput: Packed, Sendable, Hashable {
    package var command: [UInt8]
    package var output: [UInt8]

    package init(command: [UInt8], output: [UInt8]) {
      self.command = command
      self.output = output
    }
    package func pack(into writer: inout PackedWriter) {
      writer.put(command)
      writer.put(output)
    }
    package init(unpacking reader: inout PackedReader) throws(PackedError) {
      command = Array(try reader.slice())
      output = Array(try reader.slice())
    }
  }

  package struct Parsed: Packed, Sendable, Hashable {
    /// New since the worker forked the parse. First, because the worker itself looks at them and at nothing else.
    package var outputs: [ShellOutput]
    /// The parse asked for the value of `with_check`: with another one it may end differently.
    package var readsCheck: Bool
    package var info: SpecInfo
    /// The spec as rpm expands it; empty where nobody wanted it.
    package var text: String

    package init(outputs: [ShellOutput], readsCheck: Bool, info: SpecInfo, text: String = "") {
      self.outputs = outputs
      self.readsCheck = readsCheck
      self.info = info
      self.text = text
    }
    package func pack(into writer: inout PackedWriter) {
      writer.put(outputs)
      writer.put(readsCheck)
      info.pack(into: &writer)
      writer.put(text)
    }
    package init(unpacking reader: inout PackedReader) throws(PackedError) {
      outputs = try reader.values()
      readsCheck = try reader.flag()
      info = try SpecInfo(unpacking: &reader)
      text = try reader.text()
    }
  }

  package enum Reply: Packed, Sendable, Hashable {
    case ready
    case refused(String)
    case parsed(Parsed)
    case crashed(signal: Int32)
    case timedOut

    package func pack(into writer: inout PackedWriter) {
      switch self {
      case .ready: writer.put(UInt(0))
      case .refused(let reason):
        writer.put(UInt(1))
        writer.put(reason)
      case .parsed(let parsed):
        writer.put(UInt(2))
        parsed.pack(into: &writer)
      case .crashed(let signal):
        writer.put(UInt(3))
        writer.put(UInt(UInt32(bitPattern: signal)))
      case .timedOut: writer.put(UInt(4))
      }
    }
    package init(unpacking reader: inout PackedReader) throws(PackedError) {
      switch try reader.number() {
      case 0: self = .ready
      case 1: self = .refused(try reader.text())
      case 2: self = .parsed(try Parsed(unpacking: &reader))
      case 3: self = .crashed(signal: Int32(truncatingIfNeeded: try reader.number()))
      case 4: self = .timedOut
      default: throw .damaged
      }
    }

    /// What a reply's frame without its length brings for later parses, without unpacking the rest.
    package static func outputs(in body: UnsafeRawBufferPointer) -> [ShellOutput] {
      var reader = PackedReader(body)
      guard (try? reader.number()) == 2 else { return [] }
      return (try? reader.values()) ?? []
    }
  }

  package static func frame(_ value: some Packed) -> [UInt8] {
    var writer = PackedWriter(reserved: 4)
    value.pack(into: &writer)
    var bytes = writer.bytes
    let length = UInt32(bytes.count - 4)
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
    return bytes
  }

  package static func length(_ head: some Sequence<UInt8>) -> Int {
    head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
  }
}
