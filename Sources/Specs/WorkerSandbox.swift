import AzureLinux
import SystemPackage

/// What a parse worker sees: this machine's programs, the target's macros, the tree, and nothing to write to.
package struct WorkerSandbox: Sendable, Hashable {
  package var program: String
  package var tree: String
  package var macros: String
  /// Whether `/etc/rpm` is there to be hidden.
  package var hidesEtcRPM: Bool

  package init(program: String, tree: String, macros: String, hidesEtcRPM: Bool) {
    self.program = program
    self.tree = tree
    self.macros = macros
    self.hidesEtcRPM = hidesEtcRPM
  }

  package var arguments: [String] {
    var words = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    words += ["--tmpfs", "/tmp", "--tmpfs", "/var/tmp"]
    // specs are written for a /bin/sh that is bash
    words += ["--ro-bind", "/bin/bash", "/bin/sh"]
    words += ["--ro-bind", macros, "/usr/lib/rpm"]
    if hidesEtcRPM { words += ["--tmpfs", "/etc/rpm"] }
    words += ["--ro-bind", tree, tree, "--ro-bind", program, program]
    words += ["--unshare-all", "--hostname", "localhost", "--die-with-parent", "--new-session", "--clearenv"]
    for (name, value) in [
      ("HOME", "/"), ("LC_ALL", "C.UTF-8"), ("PATH", "/usr/bin:/usr/sbin:/bin:/sbin"), ("TZ", "UTC"),
    ] { words += ["--setenv", name, value] }
    return words + ["--chdir", "/", program]
  }
}
