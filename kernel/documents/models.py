"""Tables of issued documents and kept files. Both only grow: UPDATE, DELETE and TRUNCATE are refused by the database."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import new_id
from kernel.protection import append_only

HEX64 = r"^[0-9a-f]{64}$"


class DocumentCounter(models.Model):
    """How many documents a day has seen; its row lock makes the serial numbers of a day run without a gap."""

    day = models.DateField(_("日期"), primary_key=True)
    last = models.PositiveIntegerField(_("已用最大序号"))

    class Meta:
        verbose_name = _("文书编号计数")
        verbose_name_plural = _("文书编号计数")

    def __str__(self) -> str:
        return f"{self.day}：{self.last}"


class IssuedDocument(models.Model):
    """A PDF that left the house: what it says (`content`), its bytes, and the digests by which anyone can check it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    serial = models.CharField(_("文书编号"), max_length=32, unique=True)
    verify_code = models.CharField(_("核验码"), max_length=16, unique=True)
    kind = models.CharField(_("文书种类"), max_length=60)
    title = models.CharField(_("标题"), max_length=200)
    subject_type = models.CharField(_("事项类别"), max_length=60)
    subject_id = models.CharField(_("事项标识"), max_length=64)
    wall = models.UUIDField(_("归属机构"), null=True)
    template_version = models.CharField(_("模板版本"), max_length=160)
    content = models.JSONField(_("文书内容"))
    data_sha256 = models.CharField(_("内容摘要 SHA-256"), max_length=64, validators=[RegexValidator(HEX64)])
    pdf = models.BinaryField(_("PDF 文件"))
    pdf_sha256 = models.CharField(_("文件摘要 SHA-256"), max_length=64, validators=[RegexValidator(HEX64)])
    pdf_sm3 = models.CharField(_("文件摘要 SM3"), max_length=64, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("出具人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    issued_at = models.DateTimeField(_("出具时间"))

    class Meta:
        verbose_name = _("已出具文书")
        verbose_name_plural = _("已出具文书")
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="document_by_subject"),
            models.Index(fields=["wall", "issued_at"], name="document_by_wall"),
            models.Index(fields=["pdf_sha256"], name="document_by_file_digest"),
        ]
        constraints = [
            models.CheckConstraint(
                name="an_issued_document_has_both_digests",
                condition=Q(data_sha256__regex=HEX64) & Q(pdf_sha256__regex=HEX64),
            ),
            models.CheckConstraint(
                name="a_verify_code_is_sixteen_clear_signs",
                condition=Q(verify_code__regex=r"^[2-9A-HJKMNP-Z]{16}$"),
            ),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.serial} {self.title}"


class StoredFile(models.Model):
    """A file as it came in, byte for byte, with who brought it; `wall` names the organisation that owns it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sha256 = models.CharField(_("文件摘要 SHA-256"), max_length=64, db_index=True)
    name = models.CharField(_("文件名"), max_length=120)
    media_type = models.CharField(_("文件类型"), max_length=100)
    size = models.PositiveBigIntegerField(_("字节数"))
    content = models.BinaryField(_("文件内容"))
    wall = models.UUIDField(_("归属机构"), null=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("上传人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = _("留存文件")
        verbose_name_plural = _("留存文件")
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(name="a_kept_file_has_its_digest", condition=Q(sha256__regex=HEX64)),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return self.name
