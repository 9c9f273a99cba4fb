import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// What a parse worker sees: this machine's programs, the target's macros, the tree, and nothing to write to.
///
/// Two parses of the same text see the same: there is no `/etc` of this machine, no network, no clock of their own
/// choosing, and all that can be seen is read-only but for empty folders for temporary files. What commands of `%(…)` print can be remembered for that reason
/// (Sources/CReads/creads.c).
package struct WorkerSandbox: Sendable, Hashable {
  /// The worker.
  package var program: String
  package var tree: String
  package var macros: String
  /// Where Swift's libraries are, when the worker needs any that are not below `/usr`.
  package var libraries: String?
  /// Folders of the root that are links into `/usr`, and what they say.
  package var links: [String: String]

  package init(program: String, tree: String, macros: String) {
    self.program = program
    self.tree = tree
    self.macros = macros
    libraries = Self.swiftLibraries
    answered = HostFacts.programs.filter {
      FileManager.default.fileExists(atPath: "/usr/bin/" + $0)
    }
    hidden = ["/usr/include", "/usr/local", "/usr/src"].filter { FileManager.default.fileExists(atPath: $0) }
    links = [:]
    for name in ["bin", "sbin", "lib", "lib64"] {
      links[name] = try? FileManager.default.destinationOfSymbolicLink(atPath: "/" + name)
    }
  }

  /// Programs of this machine for which one of the macro folder's answers.
  package var answered: [String]

  /// Folders below `/usr` that tell what is installed here; they are seen empty.
  package var hidden: [String]

  /// Where the tree is inside: its folder cannot be listed, so that commands of specs find it by name only.
  package static let place = "/azl/tree"

  static let temporary = ["/tmp", "/var/tmp"]

  /// Where the worker is inside.
  private static let worker = "/azl/azl-rpm-worker"

  package var arguments: [String] { command([Self.worker]) }

  /// Runs `words` where a worker runs.
  package func command(_ words: [String]) -> [String] {
    var all = ["--unshare-all", "--hostname", "localhost", "--die-with-parent", "--new-session"]
    // the only places to write to; the worker empties them after each parse
    for folder in Self.temporary { all += ["--perms", "1777", "--tmpfs", folder] }
    all += ["--ro-bind", "/usr", "/usr", "--ro-bind", macros, "/usr/lib/rpm"]
    for name in ["bin", "sbin", "lib", "lib64"] {
      if let target = links[name] {
        all += ["--symlink", target, "/" + name]
      } else {
        all += ["--ro-bind-try", "/" + name, "/" + name]
      }
    }
    for folder in hidden { all += ["--tmpfs", folder, "--remount-ro", folder] }
    // specs are written for a /bin/sh that is bash
    all += ["--ro-bind", "/bin/bash", "/usr/bin/sh"]
    for path in ["/etc/ld.so.cache", "/etc/alternatives"] { all += ["--ro-bind-try", path, path] }
    if let libraries { all += ["--ro-bind", libraries, libraries] }
    all += ["--perms", "0111", "--dir", "/azl", "--ro-bind", tree, Self.place]
    all += ["--ro-bind", program, Self.worker]
    for name in answered {
      all += ["--ro-bind", "/usr/bin/\(name)", "/azl/own/\(name)"]
      all += ["--ro-bind", "\(macros)/\(MacroFolder.factsFolder)/\(name)", "/usr/bin/\(name)"]
    }
    all += ["--dev", "/dev"] + Confinement.processes(at: "/proc")
    all += ["--remount-ro", "/dev", "--remount-ro", "/"]
    all.append("--clearenv")
    for (name, value) in [
      ("HOME", "/"), ("LC_ALL", "C.UTF-8"), ("PATH", "/usr/lib/rpm/facts:/usr/bin:/usr/sbin:/bin:/sbin"),
      ("TZ", "UTC"),
      // rpm's macros ask for the number of processors where this is not set
      ("RPM_BUILD_NCPUS", "1"),
      // no library is installed as far as pkg-config can tell
      ("PKG_CONFIG_LIBDIR", "/azl/none"), ("PKG_CONFIG_PATH", ""),
      // once here instead of again in each fork; the worker takes it out for what it runs, as the next
      ("LD_BIND_NOW", "1"),
    ] { all += ["--setenv", name, value] }
    if let libraries { all += ["--setenv", "LD_LIBRARY_PATH", libraries] }
    return Bubblewrap.command(options: all + ["--chdir", "/"], words)
  }

  /// The worker is built by the same compiler as this program: what this one has loaded is what that one
  /// looks for.
  private static let swiftLibraries: String? = {
    // to its end: the file says that it is empty
    guard let maps = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd() else { return nil }
    for line in String(decoding: maps, as: UTF8.self).split(separator: "\n")
    where line.hasSuffix("/libswiftCore.so") {
      guard let start = line.firstIndex(of: "/") else { continue }
      let path = FilePath(String(line[start...])).removingLastComponent()
      return path.starts(with: "/usr") ? nil : path.string
    }
    return nil
  }()
}
