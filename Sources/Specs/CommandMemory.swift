import AzureLinux
import Foundation
import SpecFormat
import Storage
import SystemPackage

/// What commands of `%(…)` printed, kept for the next process: a spec's first save then waits for no shell. A cache; one
/// of another sandbox or of another state of this machine's programs is none.
package struct CommandMemory: Sendable, Hashable {
  let file: FilePath
  private let identity: Digest

  /// - Parameter file: beside the macros that the sandbox shows.
  package init(file: FilePath, sandbox: WorkerSandbox) {
    self.file = file
    identity = Digest.of((sandbox.arguments + Self.machine()).joined(separator: "\n"))
  }

  /// Everything of this machine that a command can come to know: its programs one by one, and by what its package
  /// databases were last changed for the rest of `/usr`.
  private static func machine() -> [String] {
    var facts = ["\(ProcessInfo.processInfo.activeProcessorCount)"]
    var name = utsname()
    if uname(&name) == 0 { facts.append(withUnsafeBytes(of: name) { Digest.of(Data($0)).hex }) }
    let databases = [
      "/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    ]
    for path in databases + [
      "/etc/ld.so.cache", "/etc/alternatives", "/usr/lib", "/usr/libexec", "/usr/share",
    ] {
      facts.append("\(path) \(stamp(path))")
    }
    for folder in ["/usr/bin", "/usr/sbin"] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      facts += names.sorted().map { "\(folder)/\($0) \(stamp("\(folder)/\($0)"))" }
    }
    return facts
  }

  private static func stamp(_ path: String) -> String {
    var facts = stat()
    guard lstat(path, &facts) == 0 else { return "-" }
    return "\(facts.st_ctim.tv_sec).\(facts.st_ctim.tv_nsec) \(facts.st_size) \(facts.st_ino)"
  }

  private static let form = "azl-dev commands 1"

  func read() -> [SpecWire.ShellOutput] {
    guard let data = FileManager.default.contents(atPath: file.string) else { return [] }
    return data.withUnsafeBytes { bytes in
      var reader = PackedReader(bytes)
      guard (try? reader.text()) == Self.form, (try? reader.text()) == identity.hex,
        let outputs: [SpecWire.ShellOutput] = try? reader.values(), reader.isAtEnd
      else { return [] }
      return outputs
    }
  }

  func write(_ outputs: [SpecWire.ShellOutput]) {
    var writer = PackedWriter()
    writer.put(Self.form)
    writer.put(identity.hex)
    writer.put(outputs)
    // what cannot be kept is asked again
    try? AtomicFile.write(Data(writer.bytes), to: file, isDurable: false)
  }
}
