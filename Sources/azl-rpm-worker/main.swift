import AzureLinux
import CLinux
import CRPM
import Foundation

// Parses specs, each in a child forked from a process that has loaded the target's macros. Standard input is one
// end of a socket pair; its end is the only stop. Specs may print, read standard input, hang or crash.

let channel = Channel(descriptor: Channel.takeStandardInput())
signal(SIGINT, SIG_IGN)
signal(SIGTERM, SIG_IGN)
signal(SIGPIPE, SIG_IGN)

guard let setup = try channel.receive(SpecWire.Setup.self) else { exit(0) }
guard setup.version == SpecWire.version else {
  try channel.send(SpecWire.Reply.refused("speaks version \(SpecWire.version), not \(setup.version)"))
  exit(2)
}
guard MacroScope.load(setup) else {
  try channel.send(SpecWire.Reply.refused("the macros of \(setup.arch) could not be read"))
  exit(2)
}
try channel.send(SpecWire.Reply.ready)
while let request = try channel.receive(SpecWire.Request.self) {
  channel.sendFrame(Child.run(request, setup: setup))
}
