import AzureLinux
import Foundation
import Storage
import Testing

@testable import Images

/// What an installer's console comes to.
@Suite struct InstallDialogueTests {
  private let digest = Digest.of("disk")

  private func verdict(_ inputs: GuestDialogue.Input...) -> (InstallDialogue, [InstallDialogue.Output]) {
    var dialogue = InstallDialogue(limit: 100)
    let outputs = inputs.flatMap { dialogue.handle($0) }
    return (dialogue, outputs)
  }

  private func says(_ text: String) -> GuestDialogue.Input { .bytes(Data(text.utf8)) }

  @Test func aMachineThatRestartsAfterTheInstallationHasPassed() {
    let (dialogue, outputs) = verdict(
      says("\u{1b}[2JWelcome to GRUB!\r\n"), says("azl-installer: checking the med"), says("ium\r\n"),
      .tick(40),
      says("azl-installer: installed on /dev/sda, \(digest)\r\n[   1.0] sysrq: Resetting\r\n"), .ended(0))
    #expect(dialogue.verdict == .passed && dialogue.disk == "/dev/sda" && dialogue.digest == digest)
    #expect(outputs.contains(.reached("checking the medium")) && dialogue.elapsed == 40)
  }

  @Test(arguments: ["refused: no disk is empty: /dev/sda (10 MiB)", "failed: the medium is damaged"])
  func whatIsNotInstalledIsSaidInTheInstallersWords(words: String) {
    let (dialogue, _) = verdict(says("azl-installer: \(words)\r\n"))
    #expect(dialogue.verdict == .notInstalled(words) && dialogue.disk == nil)
    #expect(dialogue.verdict?.cause == "not_installed")
    #expect(dialogue.verdict?.message == "the installer: \(words)")
  }

  @Test func aMachineThatEndsBeforeHasNotInstalled() {
    let (dialogue, _) = verdict(says("azl-installer: writing 10 MiB to /dev/sda\r\n"), .ended(1))
    #expect(
      dialogue.verdict == .machineEnded(status: 1, lastLines: ["azl-installer: writing 10 MiB to /dev/sda"]))
  }

  @Test func aTimeoutSaysWhatWasBeingDone() {
    let (dialogue, _) = verdict(says("azl-installer: verifying /dev/sda\r\n"), .tick(100))
    guard case .timeout("verifying /dev/sda", _) = dialogue.verdict else {
      Issue.record("\(String(describing: dialogue.verdict))")
      return
    }
  }

  @Test func aPanicAndAMediumThatDoesNotBootAreSeen() {
    #expect(
      verdict(says("Kernel panic - not syncing: x\n")).0.verdict == .panic("Kernel panic - not syncing: x"))
    #expect(verdict(says("grub rescue> ")).0.verdict == .noBootLoader("grub rescue> "))
  }
}
