import CReads
import SpecFormat

/// What this process read: files of the tree and commands.
struct Seen {
  let tree: String

  /// Relative to the tree, sorted.
  var files: [String] {
    let paths = (0..<reads_file_count()).map {
      Self.plain(bytes(reads_file_path($0)).dropFirst(tree.utf8.count))
    }
    return Set(paths).sorted()
  }

  /// Without `.` and `..`.
  static func plain(_ path: some Collection<UInt8>) -> String {
    var names: [String] = []
    for part in path.split(separator: UInt8(ascii: "/")) {
      switch String(decoding: part, as: UTF8.self) {
      case ".": continue
      case "..": _ = names.popLast()
      case let name: names.append(name)
      }
    }
    return names.joined(separator: "/")
  }

  /// As librpm read it.
  func text(of file: String) -> UnsafeRawBufferPointer {
    let path = "\(tree)/\(file)"
    for index in 0..<reads_file_count() where bytes(reads_file_path(index)).elementsEqual(path.utf8) {
      return bytes(reads_file_content(index))
    }
    return UnsafeRawBufferPointer(start: nil, count: 0)
  }

  var versionReads: Set<String> {
    (0..<reads_file_count()).reduce(into: []) {
      $0.formUnion(VersionMacros.reads(in: bytes(reads_file_content($1))))
    }
  }

  /// Whether something that was run may have read the tree, which it can only reach by its name, or was Lua, which
  /// can ask for files in ways that nobody notes.
  func looksAround(in places: [String]) -> Bool {
    places.contains { reads_is_asked_for($0) } || reads_is_in_file("%{lua:")
  }

  var commands: [Slice<UnsafeRawBufferPointer>] { bytes(reads_asked()).split(separator: 0) }

  var outputs: [SpecWire.ShellOutput] {
    (0..<reads_learnt_count()).map {
      .init(command: Array(bytes(reads_learnt_command($0))), output: Array(bytes(reads_learnt_output($0))))
    }
  }

  private func bytes(_ text: reads_text) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: text.bytes, count: text.length)
  }
}

extension SpecWire.ShellOutput {
  /// For all children that this process forks from now on.
  func remember() {
    command.withUnsafeBytes { command in
      output.withUnsafeBytes { output in
        reads_remember(Self.text(command), Self.text(output))
        reads_forget_learnt()
      }
    }
  }

  // because any bytes may be seen as characters
  private static func text(_ bytes: UnsafeRawBufferPointer) -> reads_text {
    reads_text(bytes: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), length: bytes.count)
  }
}
