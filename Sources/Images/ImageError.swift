import AzureLinux
import Sandbox
import SystemPackage

package enum ImageError: Failure {
  case fileMissing(String, key: String)
  case notAFile(String, key: String)
  /// Where it really is: neither with the configuration nor in the tree.
  case fileElsewhere(String, key: String, place: FilePath)
  case limit(step: String, ImageLimits.Hit, log: FilePath)
  case installFailed(packages: Int, status: Int32, lastLines: [String], log: FilePath)
  /// What `KernelOptions` names brought no kernel, or more than one.
  case kernelNotFound(package: String, found: [String])
  case bootLoaderMissing
  /// What the boot loader reads would lie in a root that only the kernel can read, or that must not change any more.
  case bootInProtectedRoot(key: String)
  /// A program of the image itself that the configuration needs.
  case programMissing(String, package: String, neededFor: String)
  /// What `SELinuxPolicy` names is among the packages, and brought no policy.
  case policyMissing(String, package: String)
  case commandFailed(step: String, status: Int32, lastLines: [String], log: FilePath)
  case partitionFull(id: String, needed: Int, size: Int)
  /// A name that debugfs cannot be told.
  case unlabelable(String, partition: String)
  case diskFull(FilePath, available: Int64)
  case file(FilePath, doing: String, reason: String)
  case sandbox(SandboxError)

  package var message: String {
    switch self {
    case .fileMissing(let path, let key): "\(key) names \(path), which does not exist"
    case .notAFile(let path, let key): "\(key) names \(path), which is no regular file"
    case .fileElsewhere(let path, let key, let place):
      "\(key) names \(path), which is \(place): outside of the tree and of the configuration's folder"
    case .limit(let step, let hit, _): "\(step) was ended: \(hit.text)"
    case .installFailed(let count, let status, let lines, _):
      (["installing \(count) packages into the image failed with status \(status)"] + lines)
        .joined(separator: "\n  ")
    case .kernelNotFound(let package, let found) where found.isEmpty:
      "package \(package) (KernelOptions) put no /boot/vmlinuz-… into the image"
    case .kernelNotFound(let package, let found):
      "package \(package) (KernelOptions) put several kernels into the image: \(found.joined(separator: ", "))"
    case .bootLoaderMissing:
      "the image has no boot loader: neither GRUB's EFI/BOOT/grubx64.efi nor /\(SystemdBoot.program)"
    case .bootInProtectedRoot(let key):
      "with \(key) GRUB finds neither its configuration nor a kernel: /boot lies in the root"
    case .programMissing(let program, _, let purpose): "the image has no \(program), needed for \(purpose)"
    case .policyMissing(let path, let package):
      "package \(package) (SELinuxPolicy) put no \(path) into the image"
    case .commandFailed(let step, let status, let lines, _):
      (["\(step) failed with status \(status)"] + lines).joined(separator: "\n  ")
    case .partitionFull(let id, let needed, let size):
      "partition \"\(id)\" is too small: \(needed) MiB to hold, \(size) MiB large"
    case .unlabelable(let name, let id):
      "SELinux: partition \"\(id)\" has a file that cannot be labelled by its name: \(name.debugDescription)"
    case .diskFull(let path, let available): "no space left in \(path): \(available >> 20) MiB available"
    case .file(let path, let doing, let reason): "cannot \(doing) \(path): \(reason)"
    case .sandbox(let error): error.message
    }
  }

  package var nextStep: String? {
    switch self {
    case .fileMissing: "paths are relative to the folder of the image configuration"
    case .notAFile: nil
    case .fileElsewhere:
      "copy it beside the configuration, or name a folder that holds all of its files with --base-dir"
    case .installFailed(_, _, _, let log), .commandFailed(_, _, _, let log), .limit(_, _, let log):
      "log: \(log)"
    case .kernelNotFound: nil
    case .bootLoaderMissing:
      "add grub2-efi-binary and shim, or systemd-boot, to the packages of the image configuration"
    case .bootInProtectedRoot:
      "mount a partition at /boot, or boot with systemd-boot, which keeps all on the ESP"
    case .programMissing(_, let package, _): "add \(package) to the packages of the image configuration"
    case .policyMissing: "name the package that has the policy in SELinuxPolicy"
    case .unlabelable:
      "names with control characters, or of thousands of bytes, are for no image with SELinux"
    case .partitionFull: "raise its End, and the disk's MaxSize"
    case .diskFull: "make room on that disk: .azldev/store/layers may be removed, it is made again"
    case .file: nil
    case .sandbox(let error): error.nextStep
    }
  }

  package var exitCode: ExitCode {
    switch self {
    case .fileMissing, .notAFile, .fileElsewhere, .bootLoaderMissing, .bootInProtectedRoot, .programMissing,
      .partitionFull, .policyMissing, .unlabelable:
      .invalidInput
    case .installFailed, .kernelNotFound, .commandFailed, .limit: .failed
    case .diskFull, .file: .environment
    case .sandbox(let error): error.exitCode
    }
  }
}
