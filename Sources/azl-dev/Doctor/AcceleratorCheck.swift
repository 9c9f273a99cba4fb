import Images
import Sandbox
import Terminal

/// Whether guests run under KVM here, by starting one.
enum AcceleratorCheck {
  static func run() async -> Diagnosis {
    guard Command.find("qemu-system-x86_64") != nil else {
      return .note("accelerator", "QEMU is not installed", fix: "apt-get install qemu-system-x86")
    }
    do {
      let finding = try await AcceleratorProbe().run()
      return finding.accelerator == .kvm
        ? .good("accelerator", "kvm: \(finding.reason)") : .note("accelerator", "tcg: \(finding.reason)")
    } catch {
      return .missing("accelerator", error.message, fix: error.nextStep, neededBy: "boot")
    }
  }
}
