from .declaration import Group, Setting

GROUP = Group(
    "Files",
    introduction="What users attach to their messages. The files are in `DATA_DIR/media`, or in a bucket of S3 or of a server that is "
    "compatible with it. That needs the packages of `requirements/s3.txt`, and takes its credentials from where AWS's own programs do, "
    "such as `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.",
    settings=(
        Setting("FILE_MAX_MB", "whole number", 25, "How many megabytes (of 1,048,576 bytes) a file may have.", least=1, most=1000),
        Setting(
            "FILES_PER_MESSAGE", "whole number", 10, "How many files a message may hold. 0 switches attaching files off.", least=0, most=100
        ),
        Setting("IMAGE_INPUT", "on or off", True, "Whether models are shown images, attached or made."),
        Setting("PICTURES", "on or off", True, "Whether users may have pictures made, where a model makes some."),
        Setting(
            "FILE_STORAGE_MB",
            "whole number",
            1000,
            "How many megabytes the files of one user may have together. 0: without a limit. Limits in the admin replace it.",
            least=0,
        ),
        Setting(
            "ORPHAN_FILE_HOURS",
            "whole number",
            24,
            "After how many hours files are deleted that no message holds, and uploads that were never finished.",
            least=1,
        ),
        Setting("FILES_S3_BUCKET", "text", "", "The bucket for files.", otherwise="the folder `media` in the data folder"),
        Setting(
            "FILES_S3_ENDPOINT",
            "address",
            "",
            "The address of a server that is compatible with S3.",
            otherwise="AWS",
            example="https://minio.example.org:9000",
            schemes=("http", "https"),
        ),
        Setting("FILES_S3_FOLDER", "text", "", "Where in the bucket: two sites must not share one place.", otherwise="at its top"),
        Setting(
            "VIRUS_SCANNER",
            "text",
            "",
            "A clamd that is asked about each file before it is taken: its host and port, or the path of its socket. While it doesn't "
            "answer, no file is taken. Its `StreamMaxLength` must not be below `FILE_MAX_MB`.",
            otherwise="files aren't scanned",
            example="clamav:3310",
        ),
        Setting(
            "OCR_LANGUAGES",
            "text",
            "",
            "In which languages text is recognised on scanned pages of PDF files, where tesseract is installed, by its names for them; "
            "`off` for none.",
            otherwise="all that tesseract has",
            example="eng+deu",
        ),
    ),
)
