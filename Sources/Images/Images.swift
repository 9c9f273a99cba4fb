// The image stage: from an image configuration and verified RPM files to a disk (`Disk`, `Root`), and from a disk
// to a verdict about how it boots (`Boot`). Resolving and fetching packages belongs to other targets.
