import CReads
import Glibc
import SpecFormat

// Parses specs, each in a child forked from a process that has loaded the target's macros. Standard input is one
// end of a socket pair; its end is the only stop. Specs may print, read standard input, hang or crash.
//
// Without Foundation: what this process maps is copied three thousand times.

let channel = Channel(descriptor: Channel.takeStandardInput())
signal(SIGINT, SIG_IGN)
signal(SIGTERM, SIG_IGN)
signal(SIGPIPE, SIG_IGN)

for name in ["LD_BIND_NOW", "LD_LIBRARY_PATH"] { unsetenv(name) }
guard let setup = channel.receive(SpecWire.Setup.self) else { exit(0) }
guard setup.version == SpecWire.version else {
  channel.send(SpecWire.Reply.refused("speaks version \(SpecWire.version), not \(setup.version)"))
  exit(2)
}
guard MacroScope.load(setup) else {
  channel.send(SpecWire.Reply.refused("the macros of \(setup.arch) could not be read"))
  exit(2)
}
reads_watch(setup.tree, setup.outside)
for output in CheckValue.outputs { output.remember() }
Warmth.make(setup)
channel.send(SpecWire.Reply.ready)
var child = Child(setup)
while let request = channel.receive(SpecWire.Request.self) {
  for output in request.outputs { output.remember() }
  guard let frame = (child ?? Child(setup))?.run(request, answering: channel) else {
    channel.send(SpecWire.Reply.crashed(signal: 0))
    continue
  }
  reads_empty("/tmp")
  reads_empty("/var/tmp")
  frame.withUnsafeBytes { bytes in
    for output in SpecWire.Reply.outputs(in: UnsafeRawBufferPointer(rebasing: bytes[4...])) {
      output.remember()
    }
  }
  child = Child(setup)
}
